package introspection

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/concierge-gateway/concierge/auth/credential"
)

// FuzzAnswer checks that what is granted stands in the answer, as another reader of JSON understands it.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		`{"active":true,"sub":"7","scope":"a b","jti":"n","iat":1,"exp":9999999999,"nbf":1,"token_type":"Bearer"}`,
		`{"active":true,"sub":"7","aud":["gateway"],"iss":"issuer"}`,
		`{"active":true,"sub":"7","tenant":42,"plan":"gold"}`,
		`{"active":true,"sub":"7","plan":"gold","client_id":"a\u0085b","azp":["web"]}`,
		`{"active":true,"active":false,"sub":"7"}`,
		`{"active":"true","sub":7}`,
		`{"active":true,"s\u0075b":"\u0000"}`,
		`{"active":true,"sub":"7","exp":1e3}`,
		`[]`, `null`, ``,
	} {
		f.Add([]byte(seed), false)
		f.Add([]byte(seed), true)
	}
	now := time.Unix(1_000_000_000, 0)
	f.Fuzz(func(t *testing.T, body []byte, strict bool) {
		c := DefaultConfig()
		c.Plan, c.Tenant = []string{"plan"}, []string{"tenant"}
		if strict {
			c.Issuer, c.Audience = "issuer", []string{"gateway"}
		}
		read, err := readAnswer(body)
		if err != nil {
			return
		}
		grant, err := c.grant(read, now)
		if err != nil {
			if !errors.Is(err, credential.ErrInvalid) && !errors.Is(err, credential.ErrExpired) || grant.Subject != "" {
				t.Fatalf("got %+v, %v", grant, err)
			}
			return
		}
		var plain map[string]any
		if err := json.Unmarshal(body, &plain); err != nil {
			t.Fatalf("took what is not JSON: %v", err)
		}
		if strict && (plain["aud"] == nil || plain["iss"] != nil && plain["iss"] != "issuer") {
			t.Fatalf("took a token of %v for %v", plain["iss"], plain["aud"])
		}
		compare(t, plain, grant, now)
	})
}

func compare(t *testing.T, plain map[string]any, grant credential.Grant, now time.Time) {
	t.Helper()
	switch {
	case plain["active"] != true:
		t.Fatal("took an inactive token")
	case plain["sub"] != grant.Subject || grant.Subject == "" || len(grant.Subject) > maxNameBytes:
		t.Fatalf("granted %q to %q", plain["sub"], grant.Subject)
	case plain["exp"] != nil && !grant.Until.After(now):
		t.Fatalf("took a token that ended at %v", grant.Until)
	case plain["jti"] != nil && plain["jti"] != grant.ID:
		t.Fatalf("named it %q", grant.ID)
	}
	compareNames(t, plain, grant)
}

func compareNames(t *testing.T, plain map[string]any, grant credential.Grant) {
	t.Helper()
	switch {
	case grant.Plan != "" && plain["plan"] != grant.Plan, credential.Name(grant.Plan) != grant.Plan:
		t.Fatalf("took the plan %q", grant.Plan)
	case credential.Name(grant.Tenant) != grant.Tenant || grant.Tenant == "" && plain["tenant"] != nil && plain["tenant"] != "":
		t.Fatalf("took the tenant %q for %v", grant.Tenant, plain["tenant"])
	case credential.Name(grant.Client) != grant.Client:
		t.Fatalf("took the client %q", grant.Client)
	}
}
