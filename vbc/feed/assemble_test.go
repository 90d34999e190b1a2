// SPDX-License-Identifier: Apache-2.0

package feed

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/claim/money"
)

// rowOf packs a row by hand: texts, days, amounts and numbers in the order of columns.
func rowOf(kind byte, delivered civil.Date, values ...any) string {
	b := binary.AppendVarint([]byte{kind}, int64(delivered))
	for _, v := range values {
		switch x := v.(type) {
		case string:
			b = append(binary.AppendUvarint(b, uint64(len(x))), x...)
		case civil.Date:
			b = binary.AppendVarint(b, int64(x))
		case money.Cents:
			b = binary.AppendVarint(b, int64(x))
		case int:
			b = binary.AppendVarint(b, int64(x))
		}
	}
	return string(b)
}

// personRowOf is a CCLF8 row.
func personRowOf(delivered civil.Date, county string, death, hospice civil.Date) string {
	none := civil.Date(0)
	return rowOf('8', delivered, "12", county, "30101", civil.Of(1940, 5, 6), "2", "10", "NA", death, hospice, none, "Fern", "Lake", "0", none, none)
}

// equipmentRow is a CCLF6 row of one line.
func equipmentRow(delivered civil.Date, id int, paid money.Cents) string {
	day := civil.Of(2025, 2, 3)
	return rowOf('6', delivered, id, 1, "0", day, day, "82", day, day, "N1", day, day, "E0601", paid, paid, "12", "1900000001", "", "1", "A", "")
}

// TestLatestDeliveryCounts sends the same person and claim in several deliveries that
// differ: the latest counts, and what only an earlier one says is kept.
func TestLatestDeliveryCounts(t *testing.T) {
	d := func(month int) civil.Date { return civil.Of(2025, 1, 15).AddDays(30 * month) }
	first, second := civil.Of(2025, 3, 1), civil.Of(2025, 3, 2)
	rows := []string{
		personRowOf(d(1), "001", first, civil.Of(2025, 2, 1)),
		personRowOf(d(2), "003", second, 0), // the day of death corrected
		personRowOf(d(3), "005", 0, 0),      // and then left out
		equipmentRow(d(1), 7, 1000),
		equipmentRow(d(3), 7, 3000),
		equipmentRow(d(2), 7, 2000),
		equipmentRow(d(3), 7, 3000),
	}
	var a assembler
	want := ""
	for seed := range uint64(200) {
		rand.New(rand.NewPCG(seed, 4)).Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		b, err := a.assemble("1S00A00AA00", nil, rows)
		if err != nil {
			t.Fatal(err)
		}
		if b.County != "005" || b.Death != second || len(b.Hospice) != 1 || b.Sex != 'F' {
			t.Fatalf("county %s, death %s, hospice %v", b.County, b.Death, b.Hospice)
		}
		if len(b.Claims) != 1 || b.Claims[0].Paid != 3000 || b.Adjustments.Repeated != 3 {
			t.Fatalf("%d claims, %+v, %+v", len(b.Claims), b.Claims, b.Adjustments)
		}
		if got := fmt.Sprintf("%+v", *b); want == "" {
			want = got
		} else if got != want {
			t.Fatalf("another order gives\n%s\nnot\n%s", got, want)
		}
	}
}
