package upstreams

import "embed"

//go:embed */openapi.yaml
var contracts embed.FS

// Contract is the description of a service that the gateway was written for, in OpenAPI 3.1.
func Contract(service string) ([]byte, error) {
	return contracts.ReadFile(service + "/openapi.yaml")
}
