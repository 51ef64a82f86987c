package config

import (
	"fmt"

	"github.com/goccy/go-yaml"
)

// YAML is the configuration in effect, for people: every setting, with variables filled in and secrets as [redacted]. It is
// no file to start from, since the secrets are gone.
func (c Config) YAML() ([]byte, error) {
	text, err := yaml.MarshalWithOptions(c, yaml.IndentSequence(true))
	if err != nil {
		return nil, fmt.Errorf("write configuration: %w", err)
	}
	return text, nil
}
