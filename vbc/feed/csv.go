// SPDX-License-Identifier: Apache-2.0

package feed

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// EachRow reads the named columns of a csv with a header line and gives the fields of each row,
// without blanks around them; they are good until fn returns. A column whose name ends with ?
// may lack: its field is empty.
func EachRow(r io.Reader, name string, columns []string, fn func(line int, fields []string) error) error {
	cr := csv.NewReader(r)
	head, err := cr.Read()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	at := make([]int, len(columns))
	for i, c := range columns {
		c, optional := strings.CutSuffix(c, "?")
		at[i] = slices.IndexFunc(head, func(h string) bool { return strings.EqualFold(strings.TrimSpace(strings.TrimPrefix(h, "\ufeff")), c) })
		if at[i] < 0 && !optional {
			return fmt.Errorf("%s: no column %s", name, c)
		}
	}
	fields := make([]string, len(columns))
	for {
		rec, err := cr.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		for i, k := range at {
			if k >= 0 {
				fields[i] = strings.TrimSpace(rec[k])
			}
		}
		line, _ := cr.FieldPos(0)
		if err := fn(line, fields); err != nil {
			return err
		}
	}
}
