package introspection_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/auth/credential"
	"github.com/concierge-gateway/concierge/auth/introspection"
)

// now is where synctest's clock begins.
const now = 946684800

func TestAnswersSayWhetherATokenIsGood(t *testing.T) {
	long := strings.Repeat("a", 257)
	good, invalid, expired, unavailable := error(nil), credential.ErrInvalid, credential.ErrExpired, credential.ErrUnavailable
	tests := []struct {
		name, answer string
		want         error
	}{
		{"active", `{"active":true,"sub":"7"}`, good},
		{"with spaces and members of its own", " {\"active\": true, \"sub\": \"7\", \"x\": {\"y\": [1, null]}}\n", good},
		{"inactive", `{"active":false,"sub":"7"}`, invalid},
		{"inactive alone", `{"active":false}`, invalid},
		{"no word of active", `{"sub":"7"}`, invalid},
		{"active as a string", `{"active":"true","sub":"7"}`, invalid},
		{"active as a number", `{"active":1,"sub":"7"}`, invalid},
		{"active as null", `{"active":null,"sub":"7"}`, invalid},
		{"active in another case", `{"Active":true,"sub":"7"}`, invalid},
		{"an empty object", `{}`, invalid},

		{"a bearer token", `{"active":true,"sub":"7","token_type":"bEARER"}`, good},
		{"an access token", `{"active":true,"sub":"7","token_type":"access_token"}`, good},
		{"a token of no named type", `{"active":true,"sub":"7","token_type":null}`, good},
		{"a refresh token", `{"active":true,"sub":"7","token_type":"refresh_token"}`, invalid},
		{"a proof of possession", `{"active":true,"sub":"7","token_type":"DPoP"}`, invalid},
		{"a token_type that is no string", `{"active":true,"sub":"7","token_type":["Bearer"]}`, invalid},
		{"an empty token_type", `{"active":true,"sub":"7","token_type":""}`, invalid},
		{"for use as access token", `{"active":true,"sub":"7","token_type":"Bearer","token_use":"access_token"}`, good},
		{"for use as refresh token", `{"active":true,"sub":"7","token_type":"Bearer","token_use":"refresh_token"}`, invalid},
		{"bound to a certificate", `{"active":true,"sub":"7","cnf":{"x5t#S256":"bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"}}`, invalid},

		{"good for a second", fmt.Sprintf(`{"active":true,"sub":"7","exp":%d}`, now+1), good},
		{"good for half a second", fmt.Sprintf(`{"active":true,"sub":"7","exp":%d.5}`, now), good},
		{"at its end", fmt.Sprintf(`{"active":true,"sub":"7","exp":%d}`, now), expired},
		{"past its end", fmt.Sprintf(`{"active":true,"sub":"7","exp":%d}`, now-1), expired},
		{"an end at zero", `{"active":true,"sub":"7","exp":0}`, expired},
		{"an end below zero", `{"active":true,"sub":"7","exp":-1}`, invalid},
		{"an end beyond all years", `{"active":true,"sub":"7","exp":1e300}`, invalid},
		{"an end beyond all numbers", `{"active":true,"sub":"7","exp":1e999}`, invalid},
		{"an end in the last year", `{"active":true,"sub":"7","exp":253402300799}`, good},
		{"an end as a string", fmt.Sprintf(`{"active":true,"sub":"7","exp":"%d"}`, now+60), invalid},
		{"an end as null", `{"active":true,"sub":"7","exp":null}`, good},
		{"begun", fmt.Sprintf(`{"active":true,"sub":"7","nbf":%d}`, now), good},
		{"begun by a clock that is ahead", fmt.Sprintf(`{"active":true,"sub":"7","nbf":%d}`, now+30), good},
		{"not begun", fmt.Sprintf(`{"active":true,"sub":"7","nbf":%d}`, now+31), invalid},
		{"a beginning as a string", `{"active":true,"sub":"7","nbf":"0"}`, invalid},
		{"an iat as a string", `{"active":true,"sub":"7","iat":"0"}`, invalid},

		{"no sub", `{"active":true}`, invalid},
		{"no sub but a client", `{"active":true,"client_id":"7"}`, invalid},
		{"an empty sub", `{"active":true,"sub":""}`, invalid},
		{"a sub as a number", `{"active":true,"sub":7}`, invalid},
		{"a sub as null", `{"active":true,"sub":null}`, invalid},
		{"the longest sub", `{"active":true,"sub":"` + long[:256] + `"}`, good},
		{"a sub that is too long", `{"active":true,"sub":"` + long + `"}`, invalid},
		{"a sub with a line feed", `{"active":true,"sub":"7\n8"}`, invalid},
		{"a sub with a NUL", `{"active":true,"sub":"7\u0000"}`, invalid},
		{"a sub with a C1 control", `{"active":true,"sub":"7\u0085"}`, invalid},

		{"a scope as a list", `{"active":true,"sub":"7","scope":["a"]}`, invalid},
		{"a scope as null", `{"active":true,"sub":"7","scope":null}`, good},
		{"256 scopes", `{"active":true,"sub":"7","scope":"` + strings.Repeat("a ", 256) + `"}`, good},
		{"257 scopes", `{"active":true,"sub":"7","scope":"` + strings.Repeat("a ", 257) + `"}`, invalid},
		{"8 KiB of scopes and a byte", `{"active":true,"sub":"7","scope":"` + strings.Repeat("a", 8193) + `"}`, invalid},
		{"a jti as a number", `{"active":true,"sub":"7","jti":1}`, invalid},
		{"a jti that is too long", `{"active":true,"sub":"7","jti":"` + long + `"}`, invalid},

		{"nothing", ``, unavailable},
		{"null", `null`, unavailable},
		{"true", `true`, unavailable},
		{"a list", `[{"active":true,"sub":"7"}]`, unavailable},
		{"two objects", `{"active":true,"sub":"7"}{}`, unavailable},
		{"something behind", `{"active":true,"sub":"7"} x`, unavailable},
		{"half an object", `{"active":true,"sub":"7"`, unavailable},
		{"a member twice", `{"active":false,"active":true,"sub":"7"}`, unavailable},
		{"a member twice, once escaped", `{"active":true,"sub":"7","s\u0075b":"8"}`, unavailable},
		{"a member twice inside", `{"active":true,"sub":"7","x":{"y":1,"y":1}}`, unavailable},
		{"no UTF-8", "{\"active\":true,\"sub\":\"\xff\"}", unavailable},
		{"half a surrogate", `{"active":true,"sub":"\ud800"}`, unavailable},
		{"a byte order mark", "\ufeff{\"active\":true,\"sub\":\"7\"}", unavailable},
		{"a page", `<html>`, unavailable},
		{"64 KiB", `{"active":true,"sub":"7","x":"` + strings.Repeat("a", 64<<10-32) + `"}`, good},
		{"64 KiB and a byte", `{"active":true,"sub":"7","x":"` + strings.Repeat("a", 64<<10-31) + `"}`, unavailable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				grant, err := newChecker(t, settings(), always(tt.answer)).Check(t.Context(), "token")
				if !errors.Is(err, tt.want) {
					t.Fatalf("got %v, want %v", err, tt.want)
				}
				if (err == nil) != (grant.Subject != "") {
					t.Errorf("the error is %v and the subject %q", err, grant.Subject)
				}
			})
		})
	}
}

func TestAnAnswerMustBeForHere(t *testing.T) {
	both := func(c *introspection.Config) {
		c.Issuer, c.Audience = "https://issuer.example", []string{"gateway", "https://gateway.example"}
	}
	client := func(c *introspection.Config) { c.Subject = "client_id" }
	tests := map[string]struct {
		change func(*introspection.Config)
		answer string
		good   bool
	}{
		"its iss and aud":        {both, `{"active":true,"sub":"7","iss":"https://issuer.example","aud":"gateway"}`, true},
		"no iss":                 {both, `{"active":true,"sub":"7","aud":"gateway"}`, true},
		"another iss":            {both, `{"active":true,"sub":"7","iss":"https://issuer.example/","aud":"gateway"}`, false},
		"an iss that is no text": {both, `{"active":true,"sub":"7","iss":["https://issuer.example"],"aud":"gateway"}`, false},
		"one aud of several":     {both, `{"active":true,"sub":"7","aud":["a","https://gateway.example"]}`, true},
		"no aud":                 {both, `{"active":true,"sub":"7"}`, false},
		"an aud of null":         {both, `{"active":true,"sub":"7","aud":null}`, false},
		"an empty aud":           {both, `{"active":true,"sub":"7","aud":[]}`, false},
		"another aud":            {both, `{"active":true,"sub":"7","aud":["a","gateway2"]}`, false},
		"an aud with a number":   {both, `{"active":true,"sub":"7","aud":["gateway",1]}`, false},
		"an aud as an object":    {both, `{"active":true,"sub":"7","aud":{"gateway":true}}`, false},
		"a client for a subject": {client, `{"active":true,"client_id":"7","sub":"8"}`, true},
		"no client":              {client, `{"active":true,"sub":"7"}`, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := settings()
			tt.change(&c)
			grant, err := newChecker(t, c, always(tt.answer)).Check(t.Context(), "token")
			if tt.good && (err != nil || grant.Subject != "7") || !tt.good && !errors.Is(err, credential.ErrInvalid) {
				t.Errorf("got %+v, %v", grant, err)
			}
		})
	}
}

func TestAGrantSaysWhatTheAnswerDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := settings()
		c.SubjectPrefix, c.Plan, c.Tenant = "issuer:", []string{"plan"}, []string{"org"}
		body := `{"active":true,"sub":"ü 7","scope":" orders:read  users:read ","jti":"n-1","iat":946684700.25,"exp":946684900,"nbf":0,` +
			`"plan":"gold","client_id":"shop","org":"acme"}`
		want := credential.Grant{
			Subject: "issuer:ü 7",
			Scopes:  []string{"orders:read", "users:read"},
			Plan:    "gold",
			Client:  "shop",
			Tenant:  "acme",
			ID:      "n-1",
			Issued:  time.Unix(now-100, 250_000_000),
			Until:   time.Unix(now+100, 0),
		}
		issuer := always(body)
		checker := newChecker(t, c, issuer)
		for range 2 { // the second time from memory
			got, err := checker.Check(t.Context(), "token")
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Error(diff, err)
			}
		}
		if issuer.times() != 1 {
			t.Errorf("asked %d times", issuer.times())
		}
	})
}
