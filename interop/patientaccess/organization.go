// SPDX-License-Identifier: Apache-2.0

package patientaccess

// organization writes a C4BB-Organization: a payer, a billing provider or a
// facility.
func (x *mapping) organization(p *party) {
	w := &x.w
	x.resource("Organization", p.id, profileOrganization, func() {
		w.numbers(p)
		w.bool("active", true)
		if p.provider.Taxonomy != "" {
			w.array("type", func() {
				w.element(func() { w.codings(sysTaxonomy, p.provider.Taxonomy) })
			})
		}
		if name := p.display(); name != "" {
			w.text("name", name)
		} else {
			w.object("_name", w.absent)
		}
		w.telecom(p.provider.Contact)
		w.address(p.provider.Address)
		if c := p.provider.Contact; c.Name != "" {
			w.array("contact", func() {
				w.element(func() {
					w.object("name", func() { w.text("text", c.Name) })
				})
			})
		}
	})
}
