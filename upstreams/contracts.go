package upstreams

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

//go:embed */openapi.yaml
var contracts embed.FS

// Contract is the description of a service that the gateway was written for, in OpenAPI 3.1.
func Contract(service string) ([]byte, error) {
	return contracts.ReadFile(service + "/openapi.yaml")
}

// HasContractFile reports whether the configuration names a file as a service's description, and no URL.
func (c Config) HasContractFile(service string) bool {
	named := c.contractNamed(service)
	return named != "" && !strings.Contains(named, "://")
}

func (c Config) contractNamed(service string) string {
	for name, each := range c.All() {
		if name == service {
			return each.Contract
		}
	}
	return c.Others[service].Contract
}

// ContractOf is the description of a service that the configuration names, as far as it can be read before the service is asked:
// a file, or else the one that the gateway was written for.
func (c Config) ContractOf(service string) ([]byte, error) {
	switch named := c.contractNamed(service); {
	case c.HasContractFile(service):
		text, err := os.ReadFile(named) //nolint:gosec // the operator names it
		if where, ok := errors.AsType[*fs.PathError](err); ok {
			err = where.Err // the name may come from a variable
		}
		if err != nil {
			return nil, fmt.Errorf("read contract: %w", err)
		}
		return text, nil
	case named != "":
		return nil, errors.New("it must be a file: it is read before the service can be asked")
	}
	text, err := Contract(service)
	if err != nil {
		return nil, errors.New("there is none: the service's stanza must name one")
	}
	return text, nil
}
