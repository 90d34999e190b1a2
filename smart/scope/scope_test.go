// SPDX-License-Identifier: Apache-2.0

package scope

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	where := []Param{{"category", "http://terminology.hl7.org/CodeSystem/observation-category|laboratory"}}
	for _, c := range []struct {
		text string
		want Scope
	}{
		{"patient/Observation.read", Scope{Patient, "Observation", Read | Search, nil, true}},
		{"user/*.write", Scope{User, "*", Create | Update | Delete, nil, true}},
		{"system/Patient.*", Scope{System, "Patient", All, nil, true}},
		{"patient/Observation.rs", Scope{Patient, "Observation", Read | Search, nil, false}},
		{"patient/Observation.cruds", Scope{Patient, "Observation", All, nil, false}},
		{"patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory",
			Scope{Patient, "Observation", Read | Search, where, false}},
		{"patient/Observation.rs?category=http%3A//terminology.hl7.org/CodeSystem/observation-category%7Claboratory",
			Scope{Patient, "Observation", Read | Search, where, false}},
		{"patient/Observation.s?status=final&code:in=http://x.org/vs", Scope{Patient, "Observation", Search,
			[]Param{{"code:in", "http://x.org/vs"}, {"status", "final"}}, false}},
		{"system/*.rs?_tag=a", Scope{System, "*", Read | Search, []Param{{"_tag", "a"}}, false}},
	} {
		got, err := Parse(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
		} else if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.text, diff)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{"", "patient", "patient/", "patient/Observation", "patient/Observation.", "patient/observation.rs",
		"patient/Observation.sr", "patient/Observation.rr", "patient/Observation.x", "patient/Observation.READ", "Patient/Observation.rs",
		"member/Observation.rs", "patient/Observation.read?category=x", "patient/Observation.rs?", "patient/Observation.rs?category",
		"patient/Observation.rs?category=", "patient/Observation.rs?=x", "patient/Observation.rs?_include=Observation:subject",
		"patient/Observation.rs?subject.name=x", "patient/*.rs?category=x", "patient/Observation.rs?category=%0a",
		"patient/Observation.rs?category=%zz", "patient/Observation.rs?a:b:c=x", "patient/Observation.rs?:in=x",
		"patient/Observation.rs?_has:x=1", "patient/Obs ervation.rs", "patient/**.rs",
		"patient/Observation.rs?a=1&a=2&a=3&a=4&a=5&a=6&a=7&a=8&a=9"} {
		if s, err := Parse(text); err == nil {
			t.Errorf("%q was read as %s", text, s)
		}
	}
}

func TestIntersect(t *testing.T) {
	for _, c := range []struct{ a, b, want string }{
		{"patient/*.read", "patient/*.rs", "patient/*.read"},
		{"patient/*.rs", "patient/Observation.rs", "patient/Observation.rs"},
		{"patient/Observation.rs", "patient/*.r", "patient/Observation.r"},
		{"patient/*.read", "patient/Observation.r", "patient/Observation.r"},
		{"patient/*.*", "patient/*.read", "patient/*.read"},
		{"patient/*.read", "user/*.read", ""},
		{"patient/*.read", "patient/*.write", ""},
		{"patient/Observation.rs", "patient/Condition.rs", ""},
		{"openid fhirUser launch/patient offline_access patient/*.rs", "openid launch/patient patient/Coverage.rs patient/Patient.rs",
			"openid launch/patient patient/Coverage.rs patient/Patient.rs"},
		{"patient/Observation.rs?category=laboratory", "patient/*.rs", "patient/Observation.rs?category=laboratory"},
		{"patient/Observation.rs?category=laboratory", "patient/Observation.rs?status=final",
			"patient/Observation.rs?category=laboratory&status=final"},
		{"patient/Observation.rs?category=a patient/Observation.rs?category=b", "patient/Observation.r",
			"patient/Observation.r?category=a patient/Observation.r?category=b"},
		{"patient/*.rs patient/Observation.rs", "patient/*.rs", "patient/*.rs"},
		{"patient/Observation.rs patient/Observation.rs?category=a", "patient/*.rs", "patient/Observation.rs"},
		{"patient/Observation.rs", "", ""},
	} {
		a, b := MustSet(c.a), MustSet(c.b)
		if got := a.Intersect(b).String(); got != c.want {
			t.Errorf("%q and %q allow %q, want %q", c.a, c.b, got, c.want)
		}
	}
}

func TestParseSet(t *testing.T) {
	set, err := ParseSet(" openid  patient/Observation.rs patient/Observation.rs nonsense patient/x.y launch/patient ")
	if err != nil {
		t.Fatal(err)
	}
	if got := set.String(); got != "openid launch/patient patient/Observation.rs" {
		t.Errorf("set is %q", got)
	}
	if diff := cmp.Diff([]string{"nonsense", "patient/x.y"}, set.Ignored); diff != "" {
		t.Error(diff)
	}
	if _, err := ParseSet(strings.Repeat("a", MaxLength+1)); err == nil {
		t.Error("a scope parameter without end was read")
	}
	if _, err := ParseSet(strings.Repeat("a ", MaxScopes+1)); err == nil {
		t.Error("too many scopes were read")
	}
	if !set.Has(OpenID|LaunchPatient) || set.Has(OfflineAccess) || !set.HasContext(Patient) || set.HasContext(System) || set.Empty() {
		t.Error("questions about the set are answered wrongly")
	}
}

func TestSetCovers(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"patient/*.read", "patient/Observation.r", true},
		{"patient/Observation.r patient/Observation.s", "patient/Observation.rs", true},
		{"patient/Observation.rs?category=a", "patient/Observation.rs", false},
		{"patient/Observation.rs", "patient/Observation.rs?category=a", true},
		{"patient/Observation.rs", "openid", false},
		{"openid patient/Observation.rs", "openid", true},
	} {
		if got := MustSet(c.a).Covers(MustSet(c.b)); got != c.want {
			t.Errorf("%q covers %q: %v", c.a, c.b, got)
		}
	}
}

// genScope draws scopes over a few types and parameters, so that they often meet.
func genScope() *rapid.Generator[Scope] {
	return rapid.Custom(func(t *rapid.T) Scope {
		text := rapid.SampledFrom([]string{"patient", "user", "system"}).Draw(t, "context") + "/" +
			rapid.SampledFrom([]string{"Observation", "Coverage", "*"}).Draw(t, "type") + "."
		if rapid.Bool().Draw(t, "v1") {
			s, err := Parse(text + rapid.SampledFrom([]string{"read", "write", "*"}).Draw(t, "permission"))
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		text += Permission(rapid.IntRange(1, int(All)).Draw(t, "letters")).String()
		if where := rapid.SampledFrom([]string{"", "?_tag=a", "?_tag=b", "?_id=1&_tag=a"}).Draw(t, "where"); where != "" {
			text += where
		}
		s, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}

func genSet() *rapid.Generator[Set] {
	return rapid.Custom(func(t *rapid.T) Set {
		return Set{Flags: Flag(rapid.IntRange(0, 255).Draw(t, "flags")), Scopes: rapid.SliceOfN(genScope(), 0, 5).Draw(t, "scopes")}
	})
}

func TestAlgebra(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := genSet().Draw(t, "a"), genSet().Draw(t, "b")
		both := a.Intersect(b)
		if !a.Covers(both) || !b.Covers(both) {
			t.Fatalf("%q and %q give more than one of them: %q", a, b, both)
		}
		if again := a.Intersect(a); !a.Covers(again) || !again.Covers(a) {
			t.Fatalf("%q met with itself is %q", a, again)
		}
		other := b.Intersect(a)
		if !both.Covers(other) || !other.Covers(both) {
			t.Fatalf("order matters: %q, %q", both, other)
		}
		read, err := ParseSet(both.String())
		if err != nil || len(read.Ignored) > 0 || read.String() != both.String() {
			t.Fatalf("%q came back as %q (%v)", both, read, err)
		}
	})
}

// A filter of the intersection never lets through what one of the sets refuses.
func TestFilterNarrows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := genSet().Draw(t, "a"), genSet().Draw(t, "b")
		typ := rapid.SampledFrom([]string{"Observation", "Coverage", "Patient", "*"}).Draw(t, "type")
		perm := rapid.SampledFrom([]Permission{Create, Read, Update, Delete, Search}).Draw(t, "permission")
		with := func(s Set) Filter {
			return (&Access{Patient: "1", FHIRUser: "Patient/1", UserPatients: []string{"1", "2"}, Granted: s}).For(typ, perm)
		}
		resource := genResource().Draw(t, "resource")
		got := with(a.Intersect(b)).match(resource)
		if want := with(a).match(resource) && with(b).match(resource); got && !want {
			t.Fatalf("%q met with %q lets %v through", a, b, resource)
		}
	})
}

type resource struct {
	patient string
	params  []Param
}

func genResource() *rapid.Generator[resource] {
	return rapid.Custom(func(t *rapid.T) resource {
		return resource{rapid.SampledFrom([]string{"1", "2", "3"}).Draw(t, "patient"),
			rapid.SliceOf(rapid.SampledFrom([]Param{{"_tag", "a"}, {"_tag", "b"}, {"_id", "1"}})).Draw(t, "params")}
	})
}

func (f Filter) match(r resource) bool {
	for _, alt := range f.Any {
		ok := alt.Patients == nil
		for _, p := range alt.Patients {
			ok = ok || p == r.patient
		}
		for _, w := range alt.Where {
			found := false
			for _, p := range r.params {
				found = found || p == w
			}
			ok = ok && found
		}
		if ok {
			return true
		}
	}
	return false
}

func TestAccess(t *testing.T) {
	member := Access{Patient: "1", FHIRUser: "RelatedPerson/9", UserPatients: []string{"1", "2"},
		Granted: MustSet("patient/Observation.rs?category=laboratory user/Coverage.rs patient/Coverage.rs patient/*.r")}
	for _, c := range []struct {
		name, typ string
		perm      Permission
		want      []Alternative
	}{
		{"granular", "Observation", Search, []Alternative{{[]string{"1"}, []Param{{"category", "laboratory"}}}}},
		{"wildcard is wider", "Observation", Read, []Alternative{{[]string{"1"}, nil}}},
		{"user is wider than patient", "Coverage", Search, []Alternative{{[]string{"1", "2"}, nil}}},
		{"not granted", "Observation", Create, nil},
		{"other type", "Condition", Search, nil},
		{"all types at once", "*", Search, nil},
		{"all types at once, granted", "*", Read, []Alternative{{[]string{"1"}, nil}}},
		{"no permission asked for", "Observation", 0, nil},
	} {
		if diff := cmp.Diff(c.want, member.For(c.typ, c.perm).Any); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
	if !(&Access{Granted: MustSet("patient/*.rs")}).For("Patient", Read).Denied() {
		t.Error("a patient scope without a patient opens records")
	}
	if !(&Access{Granted: MustSet("user/*.rs")}).For("Patient", Read).Denied() {
		t.Error("a user scope without a user opens records")
	}
	if !(&Access{FHIRUser: "Patient/1", UserPatients: []string{}, Granted: MustSet("user/*.rs")}).For("Patient", Read).Denied() {
		t.Error("a member without patients sees records")
	}
	staff := Access{FHIRUser: "Practitioner/1", Granted: MustSet("user/*.rs")}
	backend := Access{Granted: MustSet("system/*.rs")}
	if !staff.For("Patient", Read).Unrestricted() || !backend.For("Patient", Read).Unrestricted() {
		t.Error("staff and backend services are bound to a compartment")
	}
}

func FuzzParseSet(f *testing.F) {
	f.Add("openid launch/patient patient/*.read patient/Observation.rs?category=a|b&code:in=c")
	f.Add("system/*.rs?_tag=%20x patient/Observation.cruds user/")
	f.Fuzz(func(t *testing.T, text string) {
		set, err := ParseSet(text)
		if err != nil {
			return
		}
		again, err := ParseSet(set.String())
		if err == nil && (again.String() != set.String() || len(again.Ignored) > 0) {
			t.Fatalf("%q came back as %q", set, again)
		}
	})
}
