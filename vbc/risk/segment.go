// SPDX-License-Identifier: Apache-2.0

package risk

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/refdata"
)

// segment holds the relative factors of one population, looked up by position.
type segment struct {
	name       string
	categories [maxCategories]factor
	interact   []factor   // beside Model.interact
	counts     [11]factor // by number of categories, 10 is ten or more
	// cells are the age and sex factors; new enrollees have one set for each status.
	cells [statuses][2][maxAge + 1]factor
	named []named
	rows  int // factors read
}

// factor is a relative factor in thousandths and the variable's name; no name means
// that the segment has no such variable.
type factor struct {
	name  string
	value int64
}

// named is a demographic variable other than age and sex.
type named struct {
	factor
	needs flags
}

// status tells a new enrollee's row: Medicaid or not, originally disabled or not.
type status struct {
	name  string
	needs flags
}

// statusNames are what new enrollee variables begin with, by the model's family; the
// first, without a name, is that of continuing enrollees.
var statusNames = []status{
	{"", 0},
	{"NMCAID_NORIGDIS", notMedicaid | notNewOriginallyDisabled}, {"MCAID_NORIGDIS", medicaid | notNewOriginallyDisabled},
	{"NMCAID_ORIGDIS", notMedicaid | newOriginallyDisabled}, {"MCAID_ORIGDIS", medicaid | newOriginallyDisabled},
	{"NMCAID_NORIGDIS_G", notMedicaid | notNewOriginallyDisabled}, {"MCAID_NORIGDIS_G", medicaid | notNewOriginallyDisabled},
	{"NMCAID_ORIGDIS_G", notMedicaid | newOriginallyDisabled}, {"MCAID_ORIGDIS_G", medicaid | newOriginallyDisabled},
	{"FBD_NORIGDIS", fullDual | notNewOriginallyDisabled}, {"ND_PBD_NORIGDIS", notFullDual | notNewOriginallyDisabled},
	{"FBD_ORIGDIS", fullDual | newOriginallyDisabled}, {"ND_PBD_ORIGDIS", notFullDual | newOriginallyDisabled},
	{"NESRD_NOD_x", notEntitledByESRD | notNewOriginallyDisabled}, {"ESRD_NOD_x", entitledByESRD | notNewOriginallyDisabled},
	{"NESRD_OD_x", notEntitledByESRD | newOriginallyDisabled}, {"ESRD_OD_x", entitledByESRD | newOriginallyDisabled},
}

const statuses = 17

// namedVariables are the demographic variables other than age and sex, with the facts
// that turn them on (CMS model software).
var namedVariables = map[string]flags{
	"originallydisabled_female": originallyDisabled | female, "originallydisabled_male": originallyDisabled | male,
	"origds": originallyDisabled, "f65od": originallyDisabled | female, "m65od": originallyDisabled | male,
	"originally_esrd_female": originallyESRD | female, "originally_esrd_male": originallyESRD | male,
	"ltimcaid": medicaid, "mcaid": medicaid,
	"mcaid_female_aged": medicaid | female | notDisabled, "mcaid_female_nonaged": medicaid | female | disabled,
	"mcaid_male_aged": medicaid | male | notDisabled, "mcaid_male_nonaged": medicaid | male | disabled,
	"fbdual_female_aged": fullDual | female | notDisabled, "fbdual_female_nonaged": fullDual | female | disabled,
	"fbdual_male_aged": fullDual | male | notDisabled, "fbdual_male_nonaged": fullDual | male | disabled,
	"pbdual_female_aged": partialDual | female | notDisabled, "pbdual_female_nonaged": partialDual | female | disabled,
	"pbdual_male_aged": partialDual | male | notDisabled, "pbdual_male_nonaged": partialDual | male | disabled,
	"lti_aged": institution | notDisabled, "lti_nonaged": institution | disabled,
}

var (
	ageSexName = regexp.MustCompile(`^(?:(.+)_)?(?:NE)?([FM])(\d+)(?:_(\d+|GT))?$`)
	hccName    = regexp.MustCompile(`^(?:RX)?HCC(\d+)$`)
	countName  = regexp.MustCompile(`^D(\d+)P?$`)
)

// readSegments sorts the model's factors into its segments. A factor that no variable
// of the model uses is an error, so that a new table cannot lose one in silence.
func (m *Model) readSegments(t *refdata.Table) error {
	m.versions["hcc.coefficients"] = t.Version
	b := t.Bind()
	model, name, value, verified := b.Text("model"), b.Text("name"), b.Numbers("coefficient", 3), b.Text("verified")
	if b.Err() != nil {
		return b.Err()
	}
	for row := range model {
		if model[row] != m.Name {
			continue
		}
		m.Verified = m.Verified && verified[row] == "yes"
		if err := m.addFactor(name[row], value[row]); err != nil {
			return fmt.Errorf("table %s %s: %s: %w", t.ID, t.Version, m.Name, err)
		}
	}
	return nil
}

func (m *Model) addFactor(name string, value int64) error {
	seg, variable, _ := strings.Cut(name, "_")
	if m.family == rx {
		parts := strings.SplitN(name, "_", 4)
		if len(parts) != 4 {
			return fmt.Errorf("factor %s has no segment", name)
		}
		seg, variable = strings.Join(parts[:3], "_"), parts[3]
	}
	if (m.family == esrdV21 || m.family == esrdV24) && !scoredESRD[seg] && !(m.family == esrdV21 && seg == "GNE") {
		return nil
	}
	s := m.segments[seg]
	if s == nil {
		s = &segment{name: seg, interact: make([]factor, len(m.interact))}
		m.segments[seg] = s
	}
	s.rows++
	return m.place(s, variable, factor{variable, value})
}

// scoredESRD are the ESRD segments that are built; the factors by months since the
// transplant are read apart, those of V24's new enrollees with a graft are not built.
var scoredESRD = map[string]bool{"DI": true, "DNE": true, "GC": true, "GI": true, "GFA": true, "GFN": true, "GNPA": true,
	"GNPN": true, "TRANSPLANT": true, "FGC": true, "FGI": true, "LT65": true, "GE65": true}

func (m *Model) place(s *segment, variable string, f factor) error {
	upper := strings.ToUpper(variable)
	if x := hccName.FindStringSubmatch(upper); x != nil {
		n, _ := strconv.Atoi(x[1])
		i, ok := m.byNumber[n]
		if !ok {
			return fmt.Errorf("%s_%s: no diagnosis leads to category %d", s.name, variable, n)
		}
		s.categories[i] = f
		return nil
	}
	if x := countName.FindStringSubmatch(upper); x != nil {
		n, _ := strconv.Atoi(x[1])
		s.counts[min(n, 10)] = f
		return nil
	}
	for i := range m.interact {
		if strings.EqualFold(m.interact[i].name, variable) {
			s.interact[i] = f
			return nil
		}
	}
	if needs, ok := namedVariables[strings.ToLower(variable)]; ok {
		s.named = append(s.named, named{f, needs})
		return nil
	}
	if needs, ok := graftVariable(s.name, variable); ok {
		s.named = append(s.named, named{f, needs})
		return nil
	}
	return m.placeAge(s, variable, f)
}

// placeAge reads the ages from the name: F65_69, M95_GT, NMCAID_NORIGDIS_NEF65.
func (m *Model) placeAge(s *segment, variable string, f factor) error {
	x := ageSexName.FindStringSubmatch(variable)
	if x == nil {
		return fmt.Errorf("%s_%s is no variable of the model", s.name, variable)
	}
	st := -1
	for i := range statusNames {
		if statusNames[i].name == x[1] {
			st = i
		}
	}
	if st < 0 {
		return fmt.Errorf("%s_%s: unknown status %s", s.name, variable, x[1])
	}
	lo, _ := strconv.Atoi(x[3])
	hi := lo
	if x[4] == "GT" {
		hi = maxAge
	} else if x[4] != "" {
		hi, _ = strconv.Atoi(x[4])
	}
	sex := 0
	if x[2] == "M" {
		sex = 1
	}
	for age := lo; age <= min(hi, maxAge); age++ {
		s.cells[st][sex][age] = f
	}
	return nil
}
