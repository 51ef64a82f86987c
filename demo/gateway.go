package demo

import (
	_ "embed"
	"strconv"
	"strings"
)

// Gateway is a configuration for a gateway before the sample services. Variables fills in where they are.
//
//go:embed gateway.yml
var Gateway []byte

// Variables are those of Gateway: USER_URL and USER_URL_2 for the first two endpoints of the user service, and so on. urls are a
// service's endpoints, by its name.
func Variables(urls func(service string) []string) func(name string) (value string, ok bool) {
	values := make(map[string]string)
	for _, service := range Names() {
		for i, url := range urls(service) {
			name := strings.ToUpper(service) + "_URL"
			if i > 0 {
				name += "_" + strconv.Itoa(i+1)
			}
			values[name] = url
		}
	}
	return func(name string) (value string, ok bool) {
		value, ok = values[name]
		return value, ok
	}
}
