package config_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/passthrough"
	"github.com/concierge-gateway/concierge/priority"
)

func TestAPrintedConfigurationSaysEverythingButSecrets(t *testing.T) {
	want := minimal()
	wantAnchors(&want)
	wantRoutes(&want)
	wantIdentity(&want)
	want.GraphQL.Priorities.Named = map[string]priority.Class{"Checkout": priority.Critical}
	text, err := want.YAML()
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(text, []byte(secret)) {
		t.Errorf("it shows a secret:\n%s", text)
	}
	if bytes.Contains(text, []byte("0001-01-01")) {
		t.Errorf("it shows a moment that is not set:\n%s", text)
	}
	text = bytes.ReplaceAll(text, []byte(`"[redacted]"`), []byte(secret))
	got, err := config.Parse(text, "printed.yml", getenv)
	if err != nil {
		t.Fatal(err)
	}
	for i := range want.REST.Routes {
		r := &want.REST.Routes[i]
		for _, values := range []map[string]string{
			r.Headers, r.Query, r.Request.Add, r.Request.Headers.Default, r.Request.Headers.Set, r.Request.Query.Default,
			r.Request.Query.Set, r.Response.Headers.Default, r.Response.Headers.Set,
		} {
			for name, value := range values {
				if value != "*" && (value[0] != '{' || strings.Contains(value, `"`)) {
					values[name] = secret
				}
			}
		}
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
}

// What a service's password may be is told nowhere, wherever in the file it stands.
func TestNoSecretIsPrintedWhereverItStands(t *testing.T) {
	const canary = "c4n4ry-8d2f"
	c := minimal()
	c.Auth.Issuers[0].Keys.Secret = canary
	c.Auth.Introspection.ClientSecret = canary
	c.Policy.PseudonymKey = canary
	c.Redis.Password, c.Redis.Sentinel.Password = canary, canary
	c.Redis.Addresses = []string{"redis://user:" + canary + "@redis:6379"}
	c.Upstreams.User.Transport.URLs = []string{"http://" + canary + "@users:80", "https://me:" + canary + "@users/api"}
	c.Upstreams.User.Events.Token = canary
	c.Auth.Introspection.URL = "https://issuer/introspect?key=" + canary
	c.Log.PrincipalKey = canary
	route := passthrough.Route{Headers: map[string]string{"X-Shared": canary}, Query: map[string]string{"key": canary}}
	route.Request.Headers.Set = map[string]string{"Authorization": "Bearer " + canary}
	route.Request.Headers.Default = map[string]string{"X-Key": canary}
	route.Request.Query.Set = map[string]string{"key": canary, "user": "{identity.id}"}
	route.Request.Add = map[string]string{"password": canary}
	c.REST.Routes = []passthrough.Route{route}
	text, err := c.YAML()
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(text, []byte(canary)) || !bytes.Contains(text, []byte("{identity.id}")) {
		t.Errorf("it shows a secret, or hides what is none:\n%s", text)
	}
	if c.REST.Routes[0].Request.Add["password"] != canary {
		t.Error("printing has changed the configuration")
	}
}

func TestASecretThatIsNotSetIsPrintedAsSuch(t *testing.T) {
	text, err := minimal().YAML()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(text, []byte("pseudonym_key: \"\"\n")) || bytes.Count(text, []byte("[redacted]")) != 1 {
		t.Errorf("want the issuer's secret alone as [redacted]:\n%s", text)
	}
}
