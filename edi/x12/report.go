// SPDX-License-Identifier: Apache-2.0

package x12

// Report is what a reader found in one file: the envelopes as they came, what was
// counted in them, and the issues. The TA1 and the 999 are made from it. Its size
// is bounded whatever the size of the file: see the limits below.
type Report struct {
	File     string // base name, if the caller named it
	Bytes    int64
	Segments int64
	// Interchanges in the order of the file.
	Interchanges []*InterchangeReport
	Omitted      int // interchanges found beyond those kept
	// Issues outside any interchange: no ISA, text between interchanges.
	Issues     []Issue
	MoreIssues int // how many more were found but not kept
	Claims     int64
	Rejected   int64 // claims set aside

	keptIssues, keptTransactions, keptGroups int
}

// Limits of what a Report keeps.
const (
	// MaxIssuesPerTransaction is how many issues of one transaction, group or
	// interchange are kept; the rest is counted.
	MaxIssuesPerTransaction = 100
	// MaxIssues is how many issues a whole Report keeps.
	MaxIssues = 10_000
	// MaxTransactions is how many transactions a whole Report keeps, and as many
	// groups and interchanges; the rest is counted in Omitted.
	MaxTransactions = 50_000
)

// InterchangeReport is one ISA to IEA. Identifiers are without padding.
type InterchangeReport struct {
	SenderQualifier   string // ISA05
	Sender            string // ISA06
	ReceiverQualifier string // ISA07
	Receiver          string // ISA08
	Date, Time        string // ISA09 YYMMDD, ISA10 HHMM
	Version           string // ISA12
	ControlNumber     string // ISA13
	AckRequested      bool   // ISA14 is 1: a TA1 is asked for
	Usage             string // ISA15: P production, T test
	Delimiters        Delimiters
	Offset            int64 // of the ISA in the file

	Groups   []*GroupReport
	Count    int  // groups found
	Omitted  int  // of these, not kept in Groups
	Declared int  // IEA01, -1 if it could not be read
	Closed   bool // an IEA was found

	Issues     []Issue // level Interchange
	MoreIssues int
	// Failed is set if an issue of level Interchange is an error: claims that follow
	// it in the interchange are set aside.
	Failed bool
}

// GroupReport is one GS to GE.
type GroupReport struct {
	FunctionalID  string // GS01
	Sender        string // GS02
	Receiver      string // GS03
	Date, Time    string // GS04, GS05
	ControlNumber string // GS06
	Agency        string // GS07
	Version       string // GS08
	Offset        int64

	Transactions []*TransactionReport
	Count        int  // transactions found
	Omitted      int  // of these, not kept in Transactions
	OmittedBad   int  // of the omitted, those with an error
	Declared     int  // GE01, -1 if it could not be read
	Closed       bool // a GE was found

	Issues     []Issue // level Group
	MoreIssues int
	Failed     bool // an issue of level Group is an error
}

// TransactionReport is one ST to SE.
type TransactionReport struct {
	ID            string // ST01
	ControlNumber string // ST02
	Version       string // ST03, or GS08 where the transaction has none
	Reference     string // BHT03: the submitter's number of the batch
	Offset        int64

	Segments int  // counted, ST and SE included
	Declared int  // SE01, -1 if it could not be read
	Closed   bool // an SE was found

	Claims   int // found, rejected ones included
	Rejected int // set aside

	// Issues in the order in which they were found: of the transaction itself and of
	// its segments and claims.
	Issues     []Issue
	MoreIssues int
	Errors     int // issues that are no warnings, kept or not
	// Failed is set if the transaction as a whole is broken: an error of level
	// Transaction, or one outside any claim that all its claims depend on.
	Failed bool
}

// Accepted is the number of good claims.
func (t *TransactionReport) Accepted() int { return t.Claims - t.Rejected }

// Outcome is the transaction's fate in the words of a 999 (IK501): A accepted, E
// accepted with errors noted, R rejected. A transaction of which some claims are
// good is not rejected.
func (t *TransactionReport) Outcome() byte {
	switch {
	case t.Failed, t.Claims > 0 && t.Rejected == t.Claims, t.Errors > 0 && t.Claims == 0:
		return 'R'
	case t.Errors > 0:
		return 'E'
	}
	return 'A'
}

// Accepted is the number of claims that were not set aside.
func (r *Report) Accepted() int64 { return r.Claims - r.Rejected }

// OK tells whether nothing in the file is an error.
func (r *Report) OK() bool {
	if r.Rejected > 0 || hasError(r.Issues) {
		return false
	}
	for _, ic := range r.Interchanges {
		if hasError(ic.Issues) {
			return false
		}
		for _, g := range ic.Groups {
			if hasError(g.Issues) || g.OmittedBad > 0 {
				return false
			}
			for _, t := range g.Transactions {
				if t.Errors > 0 {
					return false
				}
			}
		}
	}
	return true
}

// Each calls fn with every issue kept, in the order of the file's envelopes.
func (r *Report) Each(fn func(*Issue)) {
	each := func(list []Issue) {
		for i := range list {
			fn(&list[i])
		}
	}
	each(r.Issues)
	for _, ic := range r.Interchanges {
		each(ic.Issues)
		for _, g := range ic.Groups {
			each(g.Issues)
			for _, t := range g.Transactions {
				each(t.Issues)
			}
		}
	}
}

// addGroup adds a group to its interchange, within the limits.
func (r *Report) addGroup(ic *InterchangeReport, g *GroupReport) {
	ic.Count++
	if r.keptGroups >= MaxTransactions {
		ic.Omitted++
		return
	}
	r.keptGroups++
	ic.Groups = append(ic.Groups, g)
}

// addInterchange adds an interchange, within the limits.
func (r *Report) addInterchange(ic *InterchangeReport) {
	if len(r.Interchanges) >= MaxTransactions {
		r.Omitted++
		return
	}
	r.Interchanges = append(r.Interchanges, ic)
}

func hasError(list []Issue) bool {
	for i := range list {
		if !list[i].Warning {
			return true
		}
	}
	return false
}

// keep appends an issue to a list within the limits.
func (r *Report) keep(list *[]Issue, more *int, i Issue) {
	limit := MaxIssuesPerTransaction
	if i.Level <= Transaction { // envelopes must find room beside many bad claims
		limit += 20
	}
	if len(*list) >= limit || r.keptIssues >= MaxIssues {
		*more++
		return
	}
	r.keptIssues++
	*list = append(*list, i)
}

// AddIssue puts an issue where its level says: into the transaction, group or
// interchange given, whichever are not nil, or beside all interchanges.
func (r *Report) AddIssue(ic *InterchangeReport, g *GroupReport, t *TransactionReport, i Issue) {
	switch {
	case i.Level >= Transaction && t != nil:
		if !i.Warning {
			t.Errors++
			t.Failed = t.Failed || i.Level == Transaction
		}
		r.keep(&t.Issues, &t.MoreIssues, i)
	case i.Level >= Group && g != nil:
		g.Failed = g.Failed || !i.Warning
		r.keep(&g.Issues, &g.MoreIssues, i)
	case ic != nil:
		ic.Failed = ic.Failed || !i.Warning
		r.keep(&ic.Issues, &ic.MoreIssues, i)
	default:
		r.keep(&r.Issues, &r.MoreIssues, i)
	}
}

// AddTransaction adds a transaction to its group, within the limits, and returns
// it. One beyond the limits is counted and its report is not kept in the group.
func (r *Report) AddTransaction(g *GroupReport, t *TransactionReport) *TransactionReport {
	g.Count++
	if r.keptTransactions >= MaxTransactions {
		g.Omitted++
		return t
	}
	r.keptTransactions++
	g.Transactions = append(g.Transactions, t)
	return t
}
