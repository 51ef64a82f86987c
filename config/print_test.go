package config_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/priority"
)

func TestAPrintedConfigurationSaysEverythingButTheSecret(t *testing.T) {
	want := minimal()
	wantAnchors(&want)
	wantRoutes(&want)
	want.GraphQL.Priorities.Named = map[string]priority.Class{"Checkout": priority.Critical}
	text, err := want.YAML()
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(text, []byte(secret)) {
		t.Errorf("it shows the secret:\n%s", text)
	}
	text = bytes.ReplaceAll(text, []byte(`"[redacted]"`), []byte(secret))
	got, err := config.Parse(text, "printed.yml", getenv)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
}
