package otlp

import (
	"maps"
	"net/url"
	"strings"

	"github.com/concierge-gateway/concierge/secret"
)

// Over is the configuration with what it leaves out taken from the variables that OpenTelemetry has for it: the endpoint, and the
// headers where the endpoint is theirs, too; the service's name and the attributes. All other variables are for settings that
// have defaults here, and do not count. OTEL_SDK_DISABLED counts for an endpoint that is theirs.
//
// look is os.LookupEnv.
func (c Config) Over(look func(name string) (value string, ok bool)) Config {
	variable := func(name string) string {
		value, _ := look("OTEL_" + name)
		return strings.TrimSpace(value)
	}
	if !c.Enabled() && !strings.EqualFold(variable("SDK_DISABLED"), "true") {
		c.Endpoint = endpointOf(variable)
		if headers := headersOf(variable); c.Enabled() && len(c.Headers) == 0 && len(headers) > 0 {
			c.Headers = headers
		}
	}
	c.Service, c.Attributes = c.described(variable)
	return c
}

// described is what is said of the gateway.
func (c Config) described(variable func(string) string) (service string, attributes map[string]string) {
	service = c.Service
	attributes = pairs(variable("RESOURCE_ATTRIBUTES"))
	if service == DefaultConfig().Service {
		for _, name := range []string{attributes["service.name"], variable("SERVICE_NAME")} {
			if name != "" {
				service = name
			}
		}
	}
	maps.DeleteFunc(attributes, func(name, _ string) bool { return strings.HasPrefix(name, "service.") })
	if len(attributes) == 0 {
		return service, c.Attributes
	}
	maps.Copy(attributes, c.Attributes)
	return service, attributes
}

// endpointOf is the endpoint of traces, or else that of everything, to which their path is added.
func endpointOf(variable func(string) string) string {
	if own := variable("EXPORTER_OTLP_TRACES_ENDPOINT"); own != "" {
		return own
	}
	if all := variable("EXPORTER_OTLP_ENDPOINT"); all != "" {
		return strings.TrimSuffix(all, "/") + tracesPath
	}
	return ""
}

func headersOf(variable func(string) string) map[string]secret.Text {
	text := variable("EXPORTER_OTLP_TRACES_HEADERS")
	if text == "" {
		text = variable("EXPORTER_OTLP_HEADERS")
	}
	headers := make(map[string]secret.Text)
	for name, value := range pairs(text) {
		headers[name] = secret.Text(value)
	}
	return headers
}

// pairs reads a list such as a=1,b=2, with escapes as in URLs. What cannot be read is left out.
func pairs(text string) map[string]string {
	all := make(map[string]string)
	for part := range strings.SplitSeq(text, ",") {
		name, value, ok := strings.Cut(part, "=")
		value, err := url.PathUnescape(strings.TrimSpace(value))
		if name = strings.TrimSpace(name); ok && err == nil && name != "" {
			all[name] = value
		}
	}
	return all
}
