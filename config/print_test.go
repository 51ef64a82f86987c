package config_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/concierge-gateway/concierge/config"
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
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
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
