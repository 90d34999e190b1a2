// SPDX-License-Identifier: Apache-2.0

package site_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/server/site"
)

func readConfig(t *testing.T, text string) (*site.Config, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "serve.json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return site.ReadConfig(path)
}

// TestConfigSaysWhatIsWrong: each mistake is named with its place.
func TestConfigSaysWhatIsWrong(t *testing.T) {
	hash := passwordHash()
	for _, x := range []struct{ config, want string }{
		{`{"lines":[{"id":"ma","kind":"MA"}],"issuers":"x"}`, `line 1: there is no setting "issuers"`},
		{"{\n\"issuer\":\n5}", "line 3: issuer: a number cannot be here"},
		{`{"issuer":"x"`, "unexpected EOF"},
		{`{} {}`, "something follows"},
		{`{"issuer":"https://x.org/"}`, "issuer: "},
		{`{"tls":{"certificate":"x.pem"}}`, "tls: certificate and key go together"},
		{`{"limits":{"burst":-1}}`, "limits: no limit may be negative"},
		{`{"limits":{"request":30}}`, "a time is a text such as 30s"},
		{`{"lifetimes":{"offline":"90 days"}}`, `"90 days" is no time`},
		{`{"lines":[{"id":"MA","kind":"MA"}]}`, "lines[0].id"},
		{`{"lines":[{"id":"a","kind":"MA"},{"id":"a","kind":"MA"}]}`, `lines[1].id: "a" is another line's`},
		{`{"lines":[{"id":"a","kind":"Medicare"}]}`, `lines[0].kind: "Medicare" is not MA, Medicaid, CHIP or QHP`},
		{`{"lines":[{"id":"a"},{"id":"b","kind":"QHP"}]}`, "lines[0].kind: is missing"},
		{`{"lines":[{"id":"a","kind":"MA","path":"fhir"}]}`, "lines[0].path"},
		{`{"lines":[{"id":"a","kind":"MA","path":"/auth/fhir"}]}`, "/auth is the service's own"},
		{`{"lines":[{"id":"a","kind":"MA","path":"/x"},{"id":"b","kind":"MA","path":"/x/y"}]}`, "cannot be told apart"},
		{`{"lines":[{"id":"a","kind":"MA"}],"directory":{"path":"/fhir"}}`, "cannot be told apart"},
		{`{"lines":[{"id":"a","kind":"MA","db":"x.db"}],"formulary":{"db":"x.db"}}`, "formulary.db: is the database of lines[0]"},
		{`{"lines":[{"id":"a","kind":"MA","usCore":"5.0.1"}]}`, "lines[0].usCore"},
		{`{"lines":[{"id":"a","kind":"MA","types":["Patients"]}]}`, `"Patients" is no resource type`},
		{`{"accounts":[{"id":"1","username":"a","passwordHash":"secret","fhirUser":"Patient/1"}]}`, "accounts[0].passwordHash: is no bcrypt hash; woodlawn serve hash-password makes one"},
		{`{"accounts":[{"id":"1","username":"a","passwordHash":"` + hash + `","fhirUser":"patient 1"}]}`, "accounts[0].fhirUser"},
		{`{"accounts":[{"id":"1","username":"a","passwordHash":"` + hash + `","fhirUser":"RelatedPerson/1","patients":[{"id":"p"}]}]}`, "accounts[0].patients[0]"},
		{`{"lines":[{"id":"a","kind":"MA"},{"id":"b","kind":"QHP"}],"accounts":[{"id":"1","username":"a","passwordHash":"` + hash + `","fhirUser":"Patient/1"}]}`, "accounts[0].at: is missing"},
		{`{"accounts":[{"id":"1","username":"a","passwordHash":"` + hash + `","at":[{"line":"x","fhirUser":"Patient/1"}]}]}`, `there is no line "x"`},
		{`{"openid":{"issuer":"https://id.example.org"}}`, "openid: issuer and clientId"},
		{`{"openid":{"issuer":"https://id.example.org","clientId":"x"}}`, "either fhirUserClaim or memberClaim"},
		{`{"openid":{"issuer":"https://id.example.org","clientId":"x","memberClaim":"m"}}`, "openid.identifierSystem"},
		{`{"registration":{"mode":"some"}}`, "registration.mode"},
		{`{"registration":{"mode":"token"}}`, "woodlawn serve initial-token makes one"},
		{`{"registration":{"initialTokens":["plain"]}}`, "registration.initialTokens[0]"},
		{`{"scopes":"patient/*.rs nonsense"}`, `scopes: "nonsense" is no scope`},
		{`{"udap":[{"community":"x"}]}`, "udap[0]"},
		{`{"open":true,"openid":{"issuer":"https://id.example.org","clientId":"x","fhirUserClaim":"y"}}`, "open: an open service asks nobody"},
	} {
		if _, err := readConfig(t, x.config); err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s:\n%v\nwant %q", x.config, err, x.want)
		}
	}
	// All mistakes are said at once.
	_, err := readConfig(t, `{"issuer":"x","scopes":"y","registration":{"mode":"z"}}`)
	if err == nil || strings.Count(err.Error(), "\n") != 3 {
		t.Errorf("three mistakes: %v", err)
	}
}

func TestConfigDefaults(t *testing.T) {
	c, err := readConfig(t, `{"lines":[{"id":"ma","kind":"MA","data":"x"},{"id":"caid","kind":"Medicaid"}],"directory":{},"lifetimes":{"offline":"90d"},"packages":["p"],
		"accounts":[{"id":"1","username":"a","name":"Ann","passwordHash":"`+passwordHash()+`","at":[{"line":"ma","fhirUser":"Patient/1"}]}]}`)
	if err != nil {
		t.Fatal(err)
	}
	if c.Lines[0].Path != "/ma/fhir" || c.Lines[1].USCore != "6.1.0" || c.Directory.Path != "/directory" || c.Registration.Mode != "open" ||
		time.Duration(c.Lifetimes.Offline) != 90*24*time.Hour || !filepath.IsAbs(c.Packages[0]) {
		t.Errorf("%+v", c)
	}
	if p := c.Accounts[0].At[0].Patients; len(p) != 1 || p[0] != (site.Person{ID: "1", Name: "Ann"}) {
		t.Errorf("a patient may open their own record: %v", p)
	}
	if data, _ := c.Data("all", &c.Lines[1]); data != filepath.Join("all", "caid") {
		t.Errorf("folder of a line: %s", data)
	}
	if data, _ := c.Data("all", &c.Lines[0]); !filepath.IsAbs(data) || filepath.Base(data) != "x" {
		t.Errorf("folder that the settings name: %s", data)
	}
}

// TestConfigIsDocumented: each setting stands in the reference page.
func TestConfigIsDocumented(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(evidence.Root(), "docs", "reference", "serve-config.md"))
	if err != nil {
		t.Fatal(err)
	}
	var walk func(typ reflect.Type, place string)
	walk = func(typ reflect.Type, place string) {
		for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct {
			return
		}
		for i := range typ.NumField() {
			f := typ.Field(i)
			name := f.Tag.Get("json")
			if f.Anonymous {
				walk(f.Type, place)
				continue
			}
			if !f.IsExported() || name == "-" {
				continue
			}
			if name == "" {
				t.Errorf("%s%s has no name in JSON", place, f.Name)
			}
			if !strings.Contains(string(b), "`"+name+"`") {
				t.Errorf("docs/reference/serve-config.md does not say what %s%s is", place, name)
			}
			walk(f.Type, place+name+".")
		}
	}
	walk(reflect.TypeFor[site.Config](), "")
}

func FuzzConfig(f *testing.F) {
	f.Add(`{"lines":[{"id":"ma","kind":"MA"}],"accounts":[{"at":[{}]}],"lifetimes":{"code":"1m"}}`)
	f.Fuzz(func(t *testing.T, text string) {
		c, err := readConfig(t, text)
		if err == nil && len(c.Lines) == 0 {
			t.Error("settings without a line")
		}
	})
}
