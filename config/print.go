package config

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/goccy/go-yaml"

	"github.com/concierge-gateway/concierge/passthrough"
	"github.com/concierge-gateway/concierge/secret"
)

// YAML is the configuration in effect, for people: every setting, with variables filled in and secrets as [redacted]. It is
// no file to start from, since the secrets are gone.
//
// Secrets are not only the settings that are meant for them. What routes demand of a request's header and query, or put there,
// may be a service's password: of that only the names are shown. So it is with names and passwords in URLs, and with queries of
// those.
func (c Config) YAML() ([]byte, error) {
	c.REST.Routes = slices.Clone(c.REST.Routes)
	for i := range c.REST.Routes {
		hideRoute(&c.REST.Routes[i])
	}
	text, err := yaml.MarshalWithOptions(c, yaml.IndentSequence(true), yaml.CustomMarshaler(hide))
	if err != nil {
		return nil, fmt.Errorf("write configuration: %w", err)
	}
	text = regexp.MustCompile(`(://)[^/@\s"']+@`).ReplaceAll(text, []byte("${1}[redacted]@"))
	return regexp.MustCompile(`(://[^\s"'?]+\?)[^\s"']+`).ReplaceAll(text, []byte("${1}[redacted]")), nil
}

// hide lets a secret that is not set look like that: whether there is one is none.
func hide(text secret.Text) ([]byte, error) {
	if text == "" {
		return []byte(`""`), nil
	}
	return fmt.Appendf(nil, "%q", text.String()), nil
}

func hideRoute(r *passthrough.Route) {
	for _, values := range []*map[string]string{
		&r.Headers, &r.Query, &r.Request.Add, &r.Request.Headers.Default, &r.Request.Headers.Set,
		&r.Request.Query.Default, &r.Request.Query.Set, &r.Response.Headers.Default, &r.Response.Headers.Set,
	} {
		*values = hidden(*values)
	}
}

// hidden are values of which none is shown but those that stand for something of the request.
func hidden(values map[string]string) map[string]string {
	shown := make(map[string]string, len(values))
	for name, value := range values {
		if value != "*" && !regexp.MustCompile(`^\{[A-Za-z_.:-]+\}$`).MatchString(value) {
			value = secret.Text(value).String()
		}
		shown[name] = value
	}
	return shown
}
