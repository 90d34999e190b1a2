// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/refdata/calendar"
	"github.com/woodlawn-health/woodlawn/server/site"
)

type patientAccessCmd struct {
	Metrics    patientMetricsCmd    `cmd:"" help:"The yearly figures of the Patient Access API for CMS."`
	Timeliness patientTimelinessCmd `cmd:"" help:"How soon after adjudication claims could be seen."`
}

type patientMetricsCmd struct {
	serviceData
	Year int `help:"Calendar year; 0 is each year of the trail." default:"0"`
}

// Help is the long help of the command.
func (patientMetricsCmd) Help() string {
	return `42 CFR 422.119(f), 431.60(f), 457.730(f) and 45 CFR 156.221(f) ask, by 31 March for the calendar year before, for the
number of unique patients whose data went through the Patient Access API to a health app that they designated, and of those to
whom that happened more than once. The figures are counted from the audit trail, whose chain is checked on the way, for each
line of business of the settings. The command may run while the server does.

The rules do not say what "more than once" is. Here it is: on more than one day (UTC), or with more than one app. Beside it
stands the widest reading, more than one answer, which nearly every visit of an app makes true.`
}

func (c patientMetricsCmd) Run(a *App) error {
	config, data, err := c.open()
	if err != nil {
		return err
	}
	trail, err := openTrail(data)
	if err != nil {
		return err
	}
	defer trail.Close()
	usage, err := site.CountUsage(trail, config, c.Year)
	if err != nil {
		return err
	}
	if a.Format == "json" {
		return writeJSON(a.Out, usage)
	}
	rows := [][]string{{"Line", "Kind", "Contract", "Year", "Patients", "More than once", "More than one answer", "Apps", "Due", "Rule"}}
	for _, u := range usage {
		rows = append(rows, []string{u.Line, string(u.Kind), u.Contract, strconv.Itoa(u.Year), strconv.Itoa(u.Patients), strconv.Itoa(u.MoreThanOnce),
			strconv.Itoa(u.MoreThanOneAnswer), strconv.Itoa(u.Apps), u.Due, u.Cite})
	}
	if err := writeRows(a, rows); err != nil || a.Format == "csv" {
		return err
	}
	for _, u := range usage {
		if u.Level != "" && u.Contract == "" {
			fmt.Fprintf(a.Out, "Line %s has no contract in the settings: CMS wants the figures by %s.\n", u.Line, u.Level)
		}
		if u.Cite != "" && !u.Verified {
			fmt.Fprintf(a.Out, "Line %s: the paragraph %s was not compared with the regulation's text.\n", u.Line, u.Cite)
		}
		if u.Cite == "" {
			fmt.Fprintf(a.Out, "Line %s has no kind in the settings, so no rule is named.\n", u.Line)
		}
	}
	return nil
}

// openTrail opens the audit trail; without one there is nothing in it.
func openTrail(data string) (io.ReadCloser, error) {
	f, err := os.Open(site.TrailFile(data))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no audit trail in %s: no service with logins has run there; name its folder with --data", data)
	}
	return f, err
}

type patientTimelinessCmd struct {
	serviceData
	From string `help:"Look only at claims adjudicated on or after this day (CCYY-MM-DD): those that were loaded from before the service began are all late."`
	Zone string `help:"Time zone in which the day counts on which a claim could be seen, as America/New_York; this machine's by default."`
}

// Help is the long help of the command.
func (patientTimelinessCmd) Help() string {
	return `A payer has one business day from the processing of a claim until the patient can see it: 42 CFR 422.119(b)(1)(i),
431.60(b)(1), 457.730(b)(1), 45 CFR 156.221(b)(1)(i). A claim could be seen from the first version of its ExplanationOfBenefit in the
store. It was processed on its date of creation, which the CARIN mapping fills with the date of adjudication; without one, on the
date of payment. Business days are Monday to Friday without federal holidays (woodlawn refdata show calendar.holidays); the
rules define none.

The exit code is 1 if a claim was late.`
}

func (c patientTimelinessCmd) Run(a *App) error {
	config, data, err := c.open()
	if err != nil {
		return err
	}
	from := civil.Date(0)
	if c.From != "" {
		if from, err = civil.ParseISO(c.From); err != nil {
			return &ExitError{ExitUsage, fmt.Errorf("--from: %w", err)}
		}
	}
	zone := time.Local
	if c.Zone != "" {
		if zone, err = time.LoadLocation(c.Zone); err != nil {
			return &ExitError{ExitUsage, fmt.Errorf("--zone: %w", err)}
		}
	}
	catalog, err := a.Catalog()
	if err != nil {
		return err
	}
	cal, err := calendar.Open(catalog, civil.FromTime(time.Now()))
	if err != nil {
		return err
	}
	var list []*site.Timeliness
	for i := range config.Lines {
		t, err := c.line(config, data, &config.Lines[i], cal, from, zone)
		if err != nil {
			return fmt.Errorf("line %s: %w", config.Lines[i].ID, err)
		}
		list = append(list, t)
	}
	if err := printTimeliness(a, list); err != nil {
		return err
	}
	for _, t := range list {
		if t.Late > 0 {
			return &ExitError{Code: ExitRejects}
		}
	}
	return nil
}

func (c patientTimelinessCmd) line(config *site.Config, data string, l *site.Line, cal *calendar.Calendar, from civil.Date, zone *time.Location) (*site.Timeliness, error) {
	folder, db := config.Data(data, l)
	f := fhirFlags{Data: folder, DB: db}
	s, err := f.openStore(context.Background(), false)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	return site.CheckTimeliness(context.Background(), s, l, cal, from, zone)
}

func printTimeliness(a *App, list []*site.Timeliness) error {
	if a.Format == "json" {
		return writeJSON(a.Out, list)
	}
	rows := [][]string{{"Line", "Kind", "Claims", "On time", "Late", "Late by 1", "2-5", "6-20", "over 20", "No date", "Seen before", "Served before 2016", "Earliest service", "Rule"}}
	for _, t := range list {
		n := strconv.Itoa
		earliest := ""
		if !t.Earliest.IsZero() {
			earliest = t.Earliest.String()
		}
		rows = append(rows, []string{t.Line, string(t.Kind), n(t.Claims), n(t.OnTime), n(t.Late), n(t.LateBy["1"]), n(t.LateBy["2-5"]), n(t.LateBy["6-20"]), n(t.LateBy["over 20"]),
			n(t.Undated), n(t.Early), n(t.Before), earliest, t.Cite})
	}
	if err := writeRows(a, rows); err != nil || a.Format == "csv" {
		return err
	}
	for _, t := range list {
		for i, w := range t.Worst {
			if i == 5 {
				fmt.Fprintf(a.Out, "... --format json names %d.\n", len(t.Worst))
				break
			}
			fmt.Fprintf(a.Out, "%s ExplanationOfBenefit/%s: adjudicated %s, due %s, seen %s, %d business days late\n", t.Line, w.ID, w.Adjudicated, w.Deadline, w.Seen, w.BusinessDay)
		}
	}
	if len(list) > 0 {
		fmt.Fprintf(a.Out, "Business days without the federal holidays of %s.\n", strings.Replace(list[0].Holidays, " ", " version ", 1))
	}
	return nil
}
