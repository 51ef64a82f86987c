package introspection_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/auth/credential"
)

func TestAnAnswerNamesThePlanAndTheClient(t *testing.T) {
	long := strings.Repeat("a", 100)
	plan := func(members ...string) []string { return members }
	for name, tt := range map[string]struct {
		plan         []string
		members      string
		want, client string
	}{
		"neither":                      {nil, ``, "", ""},
		"a plan that nobody looks for": {nil, `,"plan":"gold"`, "", ""},
		"a plan":                       {plan("plan"), `,"plan":"gold"`, "gold", ""},
		"a plan that is missing":       {plan("plan"), ``, "", ""},
		"the first counts":             {plan("plan", "tier"), `,"plan":"gold","tier":"lead"`, "gold", ""},
		"the second, alone":            {plan("plan", "tier"), `,"tier":"lead"`, "lead", ""},
		"the second, beside null":      {plan("plan", "tier"), `,"plan":null,"tier":"lead"`, "lead", ""},
		"the first, though it be none": {plan("plan", "tier"), `,"plan":7,"tier":"lead"`, "", ""},
		"a member with a dot":          {plan("shop.plan"), `,"shop.plan":"gold"`, "gold", ""},
		"no member of an object":       {plan("shop.plan"), `,"shop":{"plan":"gold"}`, "", ""},
		"a number":                     {plan("plan"), `,"plan":7`, "", ""},
		"a truth":                      {plan("plan"), `,"plan":true`, "", ""},
		"an object":                    {plan("plan"), `,"plan":{"plan":"gold"}`, "", ""},
		"an array":                     {plan("plan"), `,"plan":["gold"]`, "", ""},
		"an empty string":              {plan("plan"), `,"plan":""`, "", ""},
		"the longest":                  {plan("plan"), `,"plan":"` + long + `"`, long, ""},
		"one that is too long":         {plan("plan"), `,"plan":"` + long + `a"`, "", ""},
		"one with a space":             {plan("plan"), `,"plan":" gold"`, "", ""},
		"one with a control character": {plan("plan"), `,"plan":"gold\u0000"`, "", ""},
		"a client":                     {nil, `,"client_id":"app"`, "", "app"},
		"an authorized party":          {nil, `,"azp":"app"`, "", "app"},
		"a client and a party":         {nil, `,"azp":"web","client_id":"app"`, "", "app"},
		"a client that is no string":   {nil, `,"azp":"web","client_id":["app"]`, "", ""},
		"a client that is too long":    {nil, `,"client_id":"` + long + `a"`, "", ""},
		"a plan and a client":          {plan("plan"), `,"plan":"gold","azp":"web"`, "gold", "web"},
	} {
		t.Run(name, func(t *testing.T) {
			c := settings()
			c.Plan = tt.plan
			grant, err := newChecker(t, c, always(`{"active":true,"sub":"7"`+tt.members+`}`)).Check(t.Context(), "token")
			if err != nil || grant.Plan != tt.want || grant.Client != tt.client {
				t.Errorf("got the plan %q of the client %q, want %q of %q: %v", grant.Plan, grant.Client, tt.want, tt.client, err)
			}
		})
	}
}

func TestItIsConfiguredWhichMemberNamesTheClient(t *testing.T) {
	for member, want := range map[string]string{"app": "shop", "": ""} {
		c := settings()
		c.Client = strings.Fields(member)
		grant, err := newChecker(t, c, always(`{"active":true,"sub":"7","client_id":"web","app":"shop"}`)).Check(t.Context(), "token")
		if err != nil || grant.Client != want {
			t.Errorf("%q gives %q, want %q: %v", member, grant.Client, want, err)
		}
	}
}

func TestAnAnswerNamesWhomTheCallerBelongsTo(t *testing.T) {
	long := strings.Repeat("a", 100)
	of := func(names ...string) []string { return names }
	const refused = "its tenant is neither"
	for name, tt := range map[string]struct {
		tenant        []string
		members, want string
	}{
		"nobody asks":             {nil, `,"tenant":"acme"`, ""},
		"nobody is named":         {of("tenant"), ``, ""},
		"a name":                  {of("tenant"), `,"tenant":"acme"`, "acme"},
		"a number":                {of("tenant"), `,"tenant":42`, "42"},
		"the first counts":        {of("tenant", "org"), `,"org":"globex","tenant":"acme"`, "acme"},
		"the second, beside null": {of("tenant", "org"), `,"tenant":null,"org":"globex"`, "globex"},
		"the first, though empty": {of("tenant", "org"), `,"tenant":"","org":"globex"`, ""},
		"the longest":             {of("tenant"), `,"tenant":"` + long + `"`, long},
		"too long":                {of("tenant"), `,"tenant":"` + long + `a"`, refused},
		"a number too long":       {of("tenant"), `,"tenant":` + strings.Repeat("1", 101), refused},
		"a fraction":              {of("tenant"), `,"tenant":4.2`, refused},
		"two words":               {of("tenant"), `,"tenant":"acme inc"`, refused},
		"a list":                  {of("tenant"), `,"tenant":["acme"]`, refused},
		"an object":               {of("tenant"), `,"tenant":{"id":"acme"}`, refused},
		"a truth":                 {of("tenant"), `,"tenant":false`, refused},
	} {
		t.Run(name, func(t *testing.T) {
			c := settings()
			c.Tenant = tt.tenant
			grant, err := newChecker(t, c, always(`{"active":true,"sub":"7"`+tt.members+`}`)).Check(t.Context(), "token")
			if tt.want == refused {
				if !errors.Is(err, credential.ErrInvalid) || grant.Subject != "" {
					t.Errorf("got %+v, %v", grant, err)
				}
				return
			}
			if err != nil || grant.Tenant != tt.want {
				t.Errorf("got the tenant %q, want %q: %v", grant.Tenant, tt.want, err)
			}
		})
	}
}
