package config

import (
	"fmt"

	"github.com/goccy/go-yaml"

	"github.com/concierge-gateway/concierge/secret"
)

// YAML is the configuration in effect, for people: every setting, with variables filled in and secrets as [redacted]. It is
// no file to start from, since the secrets are gone.
func (c Config) YAML() ([]byte, error) {
	text, err := yaml.MarshalWithOptions(c, yaml.IndentSequence(true), yaml.CustomMarshaler(hide))
	if err != nil {
		return nil, fmt.Errorf("write configuration: %w", err)
	}
	return text, nil
}

// hide lets a secret that is not set look like that: whether there is one is none.
func hide(text secret.Text) ([]byte, error) {
	if text == "" {
		return []byte(`""`), nil
	}
	return fmt.Appendf(nil, "%q", text.String()), nil
}
