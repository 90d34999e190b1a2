// SPDX-License-Identifier: Apache-2.0

package patientaccess

// practitioner writes a C4BB-Practitioner: a person who took care of the patient.
func (x *mapping) practitioner(p *party) {
	w := &x.w
	x.resource("Practitioner", p.id, profilePractitioner, func() {
		w.numbers(p)
		w.array("name", func() {
			if p.provider.Name.Last == "" {
				w.element(func() { w.object("_family", w.absent) })
				return
			}
			w.personName(p.provider.Name)
		})
		w.telecom(p.provider.Contact)
		w.address(p.provider.Address)
		if p.provider.Taxonomy != "" {
			w.array("qualification", func() {
				w.element(func() {
					w.object("code", func() { w.codings(sysTaxonomy, p.provider.Taxonomy) })
				})
			})
		}
	})
}
