// SPDX-License-Identifier: Apache-2.0

package path

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"regexp"
	"regexp/syntax"
	"strings"
	"sync"
	"unicode/utf8"
)

// input is the one String that a function works on; ok is false if there is none.
func (ev *evaluator) input(c *call, in []Value) (string, bool, error) {
	return ev.singleText(in, c.at, "what "+c.name+"() works on")
}

// both is the input and the first argument.
func (ev *evaluator) both(c *call, in []Value) (s, arg string, ok bool, err error) {
	s, ok, err = ev.input(c, in)
	if err != nil {
		return "", "", false, err
	}
	arg, okArg, err := ev.text(c.args[0], "the argument of "+c.name+"()")
	return s, arg, ok && okArg, err
}

func fnIndexOf(ev *evaluator, c *call, in, out []Value) ([]Value, error) {
	s, part, ok, err := ev.both(c, in)
	if err != nil || !ok {
		return out, err
	}
	i := strings.Index(s, part)
	if c.name == "lastIndexOf" {
		i = strings.LastIndex(s, part)
	}
	if i > 0 {
		i = utf8.RuneCountInString(s[:i])
	}
	return append(out, Integer(int64(i))), nil
}

func fnSubstring(ev *evaluator, c *call, in, out []Value) ([]Value, error) {
	s, ok, err := ev.input(c, in)
	if err != nil || !ok {
		return out, err
	}
	start, ok, err := ev.integer(c.args[0], "the start of substring()")
	if err != nil || !ok {
		return out, err
	}
	runes := []rune(s)
	if start < 0 || start >= int64(len(runes)) {
		return out, nil
	}
	runes = runes[start:]
	if len(c.args) == 2 {
		n, ok, err := ev.integer(c.args[1], "the length of substring()")
		if err != nil {
			return out, err
		}
		if ok {
			runes = runes[:min(max(n, 0), int64(len(runes)))]
		}
	}
	return append(out, String(string(runes))), nil
}

func fnTextTest(ev *evaluator, c *call, in, out []Value) ([]Value, error) {
	s, part, ok, err := ev.both(c, in)
	if err != nil || !ok {
		return out, err
	}
	test := strings.Contains
	switch c.name {
	case "startsWith":
		test = strings.HasPrefix
	case "endsWith":
		test = strings.HasSuffix
	}
	return append(out, Boolean(test(s, part))), nil
}

func fnTextMap(ev *evaluator, c *call, in, out []Value) ([]Value, error) {
	s, ok, err := ev.input(c, in)
	if err != nil || !ok {
		return out, err
	}
	switch c.name {
	case "upper":
		s = strings.ToUpper(s)
	case "lower":
		s = strings.ToLower(s)
	default:
		s = strings.TrimSpace(s)
	}
	return append(out, String(s)), nil
}

func fnReplace(ev *evaluator, c *call, in, out []Value) ([]Value, error) {
	s, old, ok, err := ev.both(c, in)
	if err != nil || !ok {
		return out, err
	}
	by, ok, err := ev.text(c.args[1], "what replace() puts in")
	if err != nil || !ok {
		return out, err
	}
	if len(by)*(strings.Count(s, old)+1) > maxText {
		return out, fail(c.at, "the text becomes longer than allowed")
	}
	return append(out, String(strings.ReplaceAll(s, old, by))), nil
}

// maxText bounds what functions may build.
const maxText = 16 << 20

// patterns keeps compiled regular expressions; most come from invariants.
var patterns struct {
	sync.RWMutex
	byText map[string]*regexp.Regexp
}

// pattern compiles a regular expression; . matches line ends too.
func pattern(c *call, text string) (*regexp.Regexp, error) {
	patterns.RLock()
	re := patterns.byText[text]
	patterns.RUnlock()
	if re != nil {
		return re, nil
	}
	re, err := regexp.Compile("(?s)" + text)
	if err != nil {
		reason := "it is malformed"
		if e, ok := err.(*syntax.Error); ok {
			reason = e.Code.String()
		}
		return nil, fail(c.at, "%s() cannot use the regular expression: %s", c.name, reason)
	}
	patterns.Lock()
	defer patterns.Unlock()
	if patterns.byText == nil || len(patterns.byText) > 2000 {
		patterns.byText = map[string]*regexp.Regexp{}
	}
	patterns.byText[text] = re
	return re, nil
}

func fnMatches(ev *evaluator, c *call, in, out []Value) ([]Value, error) {
	s, text, ok, err := ev.both(c, in)
	if err != nil || !ok {
		return out, err
	}
	if c.name == "matchesFull" {
		text = "^(?:" + text + ")$"
	}
	re, err := pattern(c, text)
	if err != nil {
		return out, err
	}
	return append(out, Boolean(re.MatchString(s))), nil
}

// groupRef is $1 in what replaces; Go wants ${1}.
var groupRef = regexp.MustCompile(`\$(\d+)`)

func fnReplaceMatches(ev *evaluator, c *call, in, out []Value) ([]Value, error) {
	s, text, ok, err := ev.both(c, in)
	if err != nil || !ok {
		return out, err
	}
	by, ok, err := ev.text(c.args[1], "what replaceMatches() puts in")
	if err != nil || !ok {
		return out, err
	}
	if text == "" {
		return append(out, String(s)), nil
	}
	re, err := pattern(c, text)
	if err != nil {
		return out, err
	}
	if len(by)*(len(s)+1) > maxText && len(by)*(len(re.FindAllStringIndex(s, -1))+1) > maxText {
		return out, fail(c.at, "the text becomes longer than allowed")
	}
	return append(out, String(re.ReplaceAllString(s, groupRef.ReplaceAllString(by, "$${$1}")))), nil
}

func fnLength(ev *evaluator, c *call, in, out []Value) ([]Value, error) {
	s, ok, err := ev.input(c, in)
	if err != nil || !ok {
		return out, err
	}
	return append(out, Integer(int64(utf8.RuneCountInString(s)))), nil
}

func fnToChars(ev *evaluator, c *call, in, out []Value) ([]Value, error) {
	s, _, err := ev.input(c, in)
	if err == nil {
		err = ev.step(c.at, len(s))
	}
	if err != nil {
		return out, err
	}
	for _, r := range s {
		out = append(out, String(string(r)))
	}
	return out, nil
}

func fnSplit(ev *evaluator, c *call, in, out []Value) ([]Value, error) {
	s, sep, ok, err := ev.both(c, in)
	if err != nil || !ok {
		return out, err
	}
	parts := strings.Split(s, sep)
	if err := ev.step(c.at, len(parts)); err != nil {
		return out, err
	}
	for _, part := range parts {
		out = append(out, String(part))
	}
	return out, nil
}

func fnJoin(ev *evaluator, c *call, in, out []Value) ([]Value, error) {
	sep := ""
	if len(c.args) == 1 {
		var err error
		if sep, _, err = ev.text(c.args[0], "the separator of join()"); err != nil {
			return out, err
		}
	}
	var b strings.Builder
	for i := range in {
		s, _, err := ev.singleText(in[i:i+1], c.at, "what join() joins")
		if err != nil {
			return out, err
		}
		if i > 0 {
			b.WriteString(sep)
		}
		b.WriteString(s)
		if b.Len() > maxText {
			return out, fail(c.at, "the text becomes longer than allowed")
		}
	}
	if len(in) == 0 {
		return out, nil
	}
	return append(out, String(b.String())), nil
}

// fnCode is encode, decode, escape and unescape.
func fnCode(ev *evaluator, c *call, in, out []Value) ([]Value, error) {
	s, form, ok, err := ev.both(c, in)
	if err != nil || !ok {
		return out, err
	}
	result, known := "", true
	switch c.name + " " + form {
	case "encode hex":
		result = hex.EncodeToString([]byte(s))
	case "encode base64":
		result = base64.StdEncoding.EncodeToString([]byte(s))
	case "encode urlbase64":
		result = base64.URLEncoding.EncodeToString([]byte(s))
	case "decode hex":
		result, err = decoded(hex.DecodeString(s))
	case "decode base64":
		result, err = decoded(base64.StdEncoding.DecodeString(s))
	case "decode urlbase64":
		result, err = decoded(base64.URLEncoding.DecodeString(s))
	case "escape html":
		result = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;").Replace(s)
	case "unescape html":
		result = html.UnescapeString(s)
	case "escape json":
		result = escapeJSON(s)
	case "unescape json":
		result = unescapeJSON(s)
	default:
		known = false
	}
	switch {
	case !known:
		return out, fail(c.at, "%s() does not know the form %.20q", c.name, form)
	case err != nil:
		return out, nil // what is not in the form gives nothing
	}
	return append(out, String(result)), nil
}

func decoded(b []byte, err error) (string, error) {
	if err == nil && !utf8.Valid(b) {
		err = hex.InvalidByteError(0)
	}
	return string(b), err
}

func escapeJSON(s string) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string always encodes
	return strings.TrimSuffix(strings.TrimPrefix(b.String(), `"`), "\"\n")
}

// unescapeJSON resolves escapes; what is none stays.
func unescapeJSON(s string) string {
	var b strings.Builder
	l := lexer{}
	for i := 0; i < len(s); {
		if s[i] == '\\' {
			if n := l.escape(s[i:], &b); n > 0 {
				i += n
				continue
			}
		}
		b.WriteByte(s[i])
		i++
	}
	return b.String()
}
