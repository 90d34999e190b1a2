// SPDX-License-Identifier: Apache-2.0

package population

import (
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

// TestSharesGiveNothingAway: no number of 1 to 10, nor its complement, is printed or follows
// from one row's place in the total.
func TestSharesGiveNothingAway(t *testing.T) {
	r := rules(t)
	rapid.Check(t, func(rt *rapid.T) {
		var list []Share
		for i := range rapid.IntRange(0, 6).Draw(rt, "panels") {
			of := int64(rapid.IntRange(0, 60).Draw(rt, "of"))
			list = append(list, Share{Key: strconv.Itoa(i), Of: of, N: int64(rapid.IntRange(0, int(of)).Draw(rt, "n"))})
		}
		rows := r.Shares(list)
		hiddenN, hiddenOf, some := 0, 0, 0
		for i, row := range rows {
			n, errN := strconv.Atoi(row.N)
			of, errOf := strconv.Atoi(row.Of)
			for _, v := range []int{n, of, of - n} {
				if errN == nil && errOf == nil && v > 0 && v < 11 {
					rt.Fatalf("%+v tells %d", row, v)
				}
			}
			if errOf == nil && of > 0 && of < 11 || (errN != nil) != row.Suppressed || row.Suppressed && row.Percent != "suppressed" {
				rt.Fatalf("%+v", row)
			}
			if i < len(list) {
				if list[i].Of > 0 {
					some++
				}
				if errN != nil {
					hiddenN++
				}
				if errOf != nil {
					hiddenOf++
				}
			}
		}
		if all := rows[len(rows)-1]; some > 1 && (hiddenN == 1 && !all.Suppressed || hiddenOf == 1 && all.Of != "suppressed") {
			rt.Fatalf("one panel alone is hidden beside a total: %+v", rows)
		}
	})
	rows := r.Shares([]Share{{Key: "a", N: 30, Of: 100}, {Key: "b", N: 50, Of: 90, People: 4}, {Key: "c", N: 20, Of: 200}})
	if rows[1].Of != "suppressed" || rows[0].N != "suppressed" || rows[2].N != "20" || rows[2].Percent != "10.0" {
		t.Errorf("four people are shown: %+v", rows)
	}
}
