package token_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/auth/credential"
)

func TestATokenNamesItsPlanAndItsClient(t *testing.T) {
	const named = "https://issuer.example/plan"
	long := strings.Repeat("a", 100)
	plan := func(claims ...string) []string { return claims }
	for name, c := range map[string]struct {
		plan         []string
		changes      []string
		want, client string
	}{
		"neither":                      {nil, nil, "", ""},
		"a plan that nobody looks for": {nil, []string{"plan", `"gold"`}, "", ""},
		"a plan":                       {plan("plan"), []string{"plan", `"gold"`}, "gold", ""},
		"a plan that is missing":       {plan("plan"), nil, "", ""},
		"the first counts":             {plan("plan", "tier"), []string{"plan", `"gold"`, "tier", `"lead"`}, "gold", ""},
		"the second, alone":            {plan("plan", "tier"), []string{"tier", `"lead"`}, "lead", ""},
		"the first, though it be none": {plan("plan", "tier"), []string{"plan", `7`, "tier", `"lead"`}, "", ""},
		"the first, though it be null": {plan("plan", "tier"), []string{"plan", `null`, "tier", `"lead"`}, "", ""},
		"inside an object":             {plan("shop.plan"), []string{"shop", `{"plan":"gold"}`}, "gold", ""},
		"a claim whose name has dots":  {plan(named), []string{named, `"gold"`}, "gold", ""},
		"a plan that is written oddly": {plan("plan"), []string{"plan", `"g\u006fld"`}, "gold", ""},
		"a number":                     {plan("plan"), []string{"plan", `7`}, "", ""},
		"a truth":                      {plan("plan"), []string{"plan", `true`}, "", ""},
		"an object":                    {plan("plan"), []string{"plan", `{"plan":"gold"}`}, "", ""},
		"an array":                     {plan("plan"), []string{"plan", `["gold"]`}, "", ""},
		"an empty string":              {plan("plan"), []string{"plan", `""`}, "", ""},
		"the longest":                  {plan("plan"), []string{"plan", strconv.Quote(long)}, long, ""},
		"one that is too long":         {plan("plan"), []string{"plan", strconv.Quote(long + "a")}, "", ""},
		"one with a space":             {plan("plan"), []string{"plan", `"gold "`}, "", ""},
		"one with a control character": {plan("plan"), []string{"plan", `"gold\n"`}, "", ""},
		"one with a C1 control":        {plan("plan"), []string{"plan", `"gold\u0085"`}, "", ""},
		"a client":                     {nil, []string{"client_id", `"app"`}, "", "app"},
		"an authorized party":          {nil, []string{"azp", `"app"`}, "", "app"},
		"a client and a party":         {nil, []string{"client_id", `"app"`, "azp", `"web"`}, "", "app"},
		"a client that is no string":   {nil, []string{"client_id", `{"id":"app"}`, "azp", `"web"`}, "", ""},
		"a client that is too long":    {nil, []string{"client_id", strconv.Quote(long + "a")}, "", ""},
		"a client that is two words":   {nil, []string{"client_id", `"my app"`}, "", ""},
		"a plan and a client":          {plan("plan"), []string{"plan", `"gold"`, "azp", `"web"`}, "gold", "web"},
		"one claim for both":           {plan("azp"), []string{"azp", `"web"`}, "web", "web"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := settings()
			cfg.Plan = c.plan
			grant := takes(t, verifier(cfg, everyKey()), made(private().p256, "ES256", head("ES256"), claims(c.changes...)))
			if grant.Plan != c.want || grant.Client != c.client {
				t.Errorf("got the plan %q of the client %q, want %q of %q", grant.Plan, grant.Client, c.want, c.client)
			}
		})
	}
}

func TestAnIssuerSaysWhichClaimNamesTheClient(t *testing.T) {
	for path, want := range map[string]string{"app.id": "shop", "azp": "web", "": ""} {
		cfg := settings()
		cfg.Client = strings.Fields(path)
		text := made(private().p256, "ES256", head("ES256"), claims("client_id", `"other"`, "azp", `"web"`, "app", `{"id":"shop"}`))
		if got := takes(t, verifier(cfg, everyKey()), text).Client; got != want {
			t.Errorf("%q gives %q, want %q", path, got, want)
		}
	}
}

func TestATokenNamesWhomItsBearerBelongsTo(t *testing.T) {
	long := strings.Repeat("a", 100)
	of := func(names ...string) []string { return names }
	const refused = "its tenant is neither"
	for name, c := range map[string]struct {
		tenant  []string
		changes []string
		want    string
	}{
		"nobody asks":               {nil, []string{"tenant", `"acme"`, "org_id", `"acme"`}, ""},
		"nobody is named":           {of("tenant"), nil, ""},
		"a name":                    {of("tenant"), []string{"tenant", `"acme"`}, "acme"},
		"a number":                  {of("tenant"), []string{"tenant", `42`}, "42"},
		"inside an object":          {of("org.id"), []string{"org", `{"id":"acme"}`}, "acme"},
		"the first counts":          {of("tenant", "org"), []string{"tenant", `"acme"`, "org", `"globex"`}, "acme"},
		"the second, alone":         {of("tenant", "org"), []string{"org", `"globex"`}, "globex"},
		"the first, though null":    {of("tenant", "org"), []string{"tenant", `null`, "org", `"globex"`}, ""},
		"the first, though empty":   {of("tenant", "org"), []string{"tenant", `""`, "org", `"globex"`}, ""},
		"the longest":               {of("tenant"), []string{"tenant", strconv.Quote(long)}, long},
		"too long":                  {of("tenant"), []string{"tenant", strconv.Quote(long + "a")}, refused},
		"a number that is too long": {of("tenant"), []string{"tenant", strings.Repeat("1", 101)}, refused},
		"a fraction":                {of("tenant"), []string{"tenant", `4.2`}, refused},
		"a negative number":         {of("tenant"), []string{"tenant", `-4`}, refused},
		"two words":                 {of("tenant"), []string{"tenant", `"acme inc"`}, refused},
		"two lines":                 {of("tenant"), []string{"tenant", `"acme\nX-User-Id: 1"`}, refused},
		"a list":                    {of("tenant"), []string{"tenant", `["acme"]`}, refused},
		"an object":                 {of("tenant"), []string{"tenant", `{"id":"acme"}`}, refused},
		"a truth":                   {of("tenant"), []string{"tenant", `true`}, refused},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := settings()
			cfg.Tenant = c.tenant
			v, text := verifier(cfg, everyKey()), made(private().p256, "ES256", head("ES256"), claims(c.changes...))
			if c.want == refused {
				refuses(t, v, text, credential.ErrInvalid, refused)
				return
			}
			if grant := takes(t, v, text); grant.Tenant != c.want {
				t.Errorf("got the tenant %q, want %q", grant.Tenant, c.want)
			}
		})
	}
}
