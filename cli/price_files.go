// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/woodlawn-health/woodlawn/claim"
	"github.com/woodlawn-health/woodlawn/edi/ack"
	"github.com/woodlawn-health/woodlawn/edi/claim837"
	"github.com/woodlawn-health/woodlawn/edi/emit"
	"github.com/woodlawn-health/woodlawn/edi/remit835"
	"github.com/woodlawn-health/woodlawn/edi/x12"
	"github.com/woodlawn-health/woodlawn/payment/adjudicate"
)

// The names of what a run leaves in its folder.
const (
	remittanceFile = "835.edi"
	ackFile        = "999.edi"
	ta1File        = "ta1.edi"
	resultsFile    = "results.ndjson"
	rejectsFile    = "rejects.ndjson"
)

// priceFiles is the priceSink of `woodlawn price`.
type priceFiles struct {
	run              *priceRun
	dir              string
	out              *outputs
	results, rejects *output
	remit            *remit835.Writer
	totals           remit835.Totals
	reports          []*x12.Report
	line             []byte
	firstPayee       *claim.Payee // of any claim, for a remittance without payments
	names            []string     // the files that keep has left
}

func newPriceFiles(dir string, run *priceRun) (*priceFiles, error) {
	out, err := newOutputs(dir)
	if err != nil {
		return nil, err
	}
	s := &priceFiles{run: run, dir: dir, out: out}
	if s.results, err = out.create(resultsFile); err != nil {
		return nil, err
	}
	if s.rejects, err = out.create(rejectsFile); err != nil {
		out.drop()
		return nil, err
	}
	s.remit, err = remit835.NewWriter(filepath.Join(dir, remittanceFile), run.header())
	if err != nil {
		out.drop()
		return nil, &ExitError{ExitInternal, err}
	}
	return s, nil
}

// header is what all payments of the run share.
func (run *priceRun) header() remit835.Header {
	day := run.date.Time().Add(12 * time.Hour)
	control := int(day.Unix()/86400)%999_999_999 + 1
	return remit835.Header{
		Envelope: emit.Envelope{Sender: emit.Party{Qualifier: "ZZ", ID: run.payer.PayerID}, Receiver: emit.Party{Qualifier: "ZZ", ID: "PAYEES"},
			Control: control, Time: day},
		Delimiters: emit.Delimiters{Element: '*', Component: ':', Repetition: '^', Segment: '~', NewLine: true},
		Common: claim.Remittance{
			Payer:     claim.Payer{Name: run.payer.PayerName, ID: run.payer.PayerID, Address: run.payerAddress},
			Technical: []claim.Contact{{Name: "EDI SUPPORT", Phone: run.payer.PayerPhone}},
			Method:    "CHK", TraceNumber: fmt.Sprintf("W%s%05d", run.date.AppendCompact(nil), control%100000),
			OriginatorID: "1" + run.payer.PayerTIN, Date: run.date, Production: run.date,
		},
	}
}

func (s *priceFiles) result(p *claim837.Parsed, r *adjudicate.Result) error {
	if s.firstPayee == nil {
		payee := r.Payee
		s.firstPayee = &payee
	}
	if r.Status == adjudicate.Paid {
		if err := s.remit.Add(payeeKey(&p.Claim), &r.Payee, &r.Payment); err != nil {
			r.Status = adjudicate.Unpriced
			r.Reasons = append(r.Reasons, "not on the 835: "+err.Error())
			s.run.summary.moved(r)
		}
	}
	s.line = append(r.AppendJSON(s.line[:0]), '\n')
	if _, err := s.results.Write(s.line); err != nil {
		return &ExitError{ExitInternal, err}
	}
	if r.Status == adjudicate.Paid {
		return nil
	}
	return s.reject(p, r.Status.String(), r.Reasons)
}

func (s *priceFiles) refused(p *claim837.Parsed) error {
	reasons := make([]string, 0, len(p.Issues))
	for i := range p.Issues {
		if !p.Issues[i].Warning {
			reasons = append(reasons, p.Issues[i].Error())
		}
	}
	return s.reject(p, "refused", reasons)
}

// rejected is a line of the reject file: what became of a claim, why, and the
// claim itself.
type rejected struct {
	Claim   string      `json:"claim_id"`
	Status  string      `json:"status"`
	File    string      `json:"file"`
	Place   string      `json:"place"`
	Reasons []string    `json:"reasons"`
	Issues  []x12.Issue `json:"issues,omitempty"`
	Raw     string      `json:"raw"`
}

func (s *priceFiles) reject(p *claim837.Parsed, status string, reasons []string) error {
	src := &p.Claim.Source
	text, err := json.Marshal(rejected{p.Claim.ID, status, src.File,
		fmt.Sprintf("interchange %s, group %s, transaction %s, segment %d", src.Interchange, src.Group, src.Transaction, src.Segment),
		reasons, p.Issues, string(p.Raw)})
	if err == nil {
		_, err = s.rejects.Write(append(text, '\n'))
	}
	if err != nil {
		return &ExitError{ExitInternal, err}
	}
	return nil
}

func (s *priceFiles) report(rep *x12.Report) error {
	s.reports = append(s.reports, rep)
	return nil
}

// keep finishes all files and gives them their names.
func (s *priceFiles) keep() error {
	if err := s.acknowledge(); err != nil {
		return err
	}
	if s.firstPayee != nil && s.run.summary.paid() == 0 {
		// Nothing could be paid: say so to the provider instead of staying silent.
		if err := s.remit.Open("", s.firstPayee); err != nil {
			return &ExitError{ExitInternal, fmt.Errorf("writing the 835: %w", err)}
		}
	}
	var err error
	if s.totals, err = s.remit.Close(); err != nil && !errors.Is(err, remit835.ErrNoPayments) {
		return &ExitError{ExitInternal, fmt.Errorf("writing the 835: %w", err)}
	}
	s.remit = nil
	if err == nil {
		s.names = append(s.names, remittanceFile)
	}
	for _, f := range s.out.files {
		s.names = append(s.names, f.name)
	}
	return s.out.keep()
}

// acknowledge writes the 999 and the TA1, if anything calls for one.
func (s *priceFiles) acknowledge() error {
	opt := ack.Options{Control: 1, Time: time.Now(), Delimiters: emit.Usual}
	opt.Delimiters.NewLine = true
	for _, kind := range []struct {
		name  string
		write func(*output, *x12.Report) (ack.Written, error)
	}{
		{ta1File, func(o *output, r *x12.Report) (ack.Written, error) { return ack.WriteTA1(o, r, opt) }},
		{ackFile, func(o *output, r *x12.Report) (ack.Written, error) { return ack.Write999(o, r, opt) }},
	} {
		out, err := s.out.create(kind.name)
		if err != nil {
			return err
		}
		written := 0
		for _, rep := range s.reports {
			w, err := kind.write(out, rep)
			if err != nil {
				return &ExitError{ExitInternal, fmt.Errorf("writing %s: %w", kind.name, err)}
			}
			written += w.Interchanges
			opt.Control = w.NextControl
		}
		if written == 0 {
			s.out.discard(out)
		}
	}
	return nil
}

// drop removes what was not kept.
func (s *priceFiles) drop() {
	if s.remit != nil {
		s.remit.Abort()
	}
	s.out.drop()
}
