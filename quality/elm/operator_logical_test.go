// SPDX-License-Identifier: Apache-2.0

package elm

import "testing"

// The truth tables are those of CQL's author's guide; Coalesce, If and Case follow
// the ELM specification's descriptions.
var logicalExamples = []example{
	{op("And", yesLit, yesLit), "true"}, {op("And", yesLit, noLit), "false"}, {op("And", yesLit, null), "null"},
	{op("And", noLit, null), "false"}, {op("And", null, noLit), "false"}, {op("And", null, null), "null"},
	{op("Or", noLit, noLit), "false"}, {op("Or", noLit, null), "null"}, {op("Or", null, yesLit), "true"},
	{op("Or", null, null), "null"}, {op("Or", yesLit, null), "true"},
	{op("Xor", yesLit, noLit), "true"}, {op("Xor", yesLit, yesLit), "false"}, {op("Xor", yesLit, null), "null"},
	{op("Implies", yesLit, noLit), "false"}, {op("Implies", noLit, null), "true"}, {op("Implies", null, yesLit), "true"},
	{op("Implies", null, noLit), "null"}, {op("Implies", yesLit, null), "null"},
	{un("Not", yesLit), "false"}, {un("Not", noLit), "true"}, {un("Not", null), "null"},
	{un("IsNull", null), "true"}, {un("IsNull", num(1)), "false"},
	{un("IsTrue", yesLit), "true"}, {un("IsTrue", null), "false"},
	{un("IsFalse", noLit), "true"}, {un("IsFalse", null), "false"},
	{op("Coalesce", null, num(2), num(3)), "2"}, {op("Coalesce", null, null), "null"},
	{op("Coalesce", items(null, txt("a"))), "a"},
	{`{"type":"If","condition":` + null + `,"then":` + num(1) + `,"else":` + num(2) + `}`, "2"},
	{`{"type":"If","condition":` + yesLit + `,"then":` + num(1) + `,"else":` + num(2) + `}`, "1"},
	{`{"type":"Case","caseItem":[{"when":` + noLit + `,"then":` + num(1) + `},{"when":` + yesLit + `,"then":` + num(2) + `}],"else":` + num(3) + `}`, "2"},
	{`{"type":"Case","comparand":` + txt("b") + `,"caseItem":[{"when":` + txt("a") + `,"then":` + num(1) + `},{"when":` + txt("b") + `,"then":` + num(2) + `}],"else":` + num(3) + `}`, "2"},
	{`{"type":"Case","comparand":` + null + `,"caseItem":[{"when":` + null + `,"then":` + num(1) + `}],"else":` + num(3) + `}`, "3"},
	{op("And", num(1), yesLit), "error:a Boolean is needed"},
}

func TestLogical(t *testing.T) { check(t, logicalExamples) }
