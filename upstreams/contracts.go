package upstreams

import (
	"embed"
	"errors"
	"fmt"
	"os"
	"strings"
)

//go:embed */openapi.yaml
var contracts embed.FS

// Contract is the description of a service that the gateway was written for, in OpenAPI 3.1.
func Contract(service string) ([]byte, error) {
	return contracts.ReadFile(service + "/openapi.yaml")
}

// ContractOf is the description of a service that the configuration names, as far as it can be read before the service is asked:
// a file, or else the one that the gateway was written for.
func (c Config) ContractOf(service string) ([]byte, error) {
	named := c.Others[service].Contract
	for name, each := range c.All() {
		if name == service {
			named = each.Contract
		}
	}
	switch {
	case strings.Contains(named, "://"):
		return nil, errors.New("it must be a file: it is read before the service can be asked")
	case named != "":
		text, err := os.ReadFile(named) //nolint:gosec // the operator names it
		if err != nil {
			return nil, fmt.Errorf("read contract: %w", err)
		}
		return text, nil
	}
	text, err := Contract(service)
	if err != nil {
		return nil, errors.New("there is none: the service's stanza must name one")
	}
	return text, nil
}
