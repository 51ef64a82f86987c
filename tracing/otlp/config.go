package otlp

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/concierge-gateway/concierge/secret"
)

// Config says where traces are sent, and as whose.
type Config struct {
	// Endpoint is the URL of the collector, such as https://collector:4318. Without a path, /v1/traces is added. Empty sends
	// nothing, and then nothing is recorded.
	Endpoint string `yaml:"endpoint"`
	// Headers are sent with each request to the collector. They may hold keys.
	Headers map[string]secret.Text `yaml:"headers"`
	// CAFile is the PEM file of the authorities that the collector's certificate must come from. Empty: those of the operating
	// system.
	CAFile string `file:"" yaml:"ca_file"`
	// CertFile is the PEM file of the certificate that the gateway shows the collector. Empty shows none.
	CertFile string `file:"" yaml:"cert_file"`
	// KeyFile is the PEM file of its private key.
	KeyFile string `file:"" yaml:"key_file"`
	// Compression sends traces as gzip.
	Compression bool `yaml:"compression"`
	// Timeout bounds sending one batch, repetitions included. What was not taken by then is dropped.
	Timeout time.Duration `yaml:"timeout"`
	// Interval is how long spans wait at most for their batch to become full.
	Interval time.Duration `yaml:"interval"`
	// Batch is how many spans are sent together at most.
	Batch int `yaml:"batch"`
	// Queue is how many spans wait to be sent at most. Further ones are dropped: no request waits for the collector.
	Queue int `yaml:"queue"`
	// Flush bounds sending what is left when the gateway ends.
	Flush time.Duration `yaml:"flush"`
	// Service is the name of the gateway in traces (service.name).
	Service string `yaml:"service"`
	// Attributes are further ones of the gateway, such as deployment.environment.name.
	Attributes map[string]string `yaml:"attributes"`
}

// DefaultConfig sends nothing.
func DefaultConfig() Config {
	return Config{
		Compression: true, Timeout: 10 * time.Second, Interval: 2 * time.Second, Batch: 512, Queue: 8192, Flush: 5 * time.Second,
		Service: "concierge",
	}
}

// Enabled reports whether traces are sent.
func (c Config) Enabled() bool { return c.Endpoint != "" }

// Validate reports what cannot be.
func (c Config) Validate(fail func(path, message string)) {
	if c.Enabled() {
		if _, err := urlOf(c.Endpoint); err != nil {
			fail("endpoint", err.Error())
		}
	}
	for name, value := range c.Headers {
		if !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(string(value)) {
			fail("headers."+name, "cannot stand in a header")
		}
	}
	if (c.CertFile == "") != (c.KeyFile == "") {
		fail("key_file", "needs cert_file, and cert_file needs it")
	}
	c.validateBounds(fail)
	if c.Service == "" {
		fail("service", "must not be empty")
	}
	for name := range c.Attributes {
		if name == "" || strings.HasPrefix(name, "service.") {
			fail("attributes."+name, "must be a name that does not begin with service.")
		}
	}
}

func (c Config) validateBounds(fail func(path, message string)) {
	for _, each := range []struct {
		path  string
		value time.Duration
		least time.Duration
	}{{"timeout", c.Timeout, 100 * time.Millisecond}, {"interval", c.Interval, 10 * time.Millisecond}, {"flush", c.Flush, 0}} {
		if each.value < each.least || each.value > time.Minute {
			fail(each.path, fmt.Sprintf("must lie between %v and %v", each.least, time.Minute))
		}
	}
	if c.Batch < 1 || c.Batch > 8192 {
		fail("batch", "must be from 1 to 8192")
	}
	if c.Queue < c.Batch || c.Queue > 1_000_000 {
		fail("queue", "must be from what batch is to 1000000")
	}
}

// tracesPath is where collectors take traces.
const tracesPath = "/v1/traces"

// urlOf is where traces are sent. Its errors quote nothing: a URL may hold a key.
func urlOf(endpoint string) (*url.URL, error) {
	u, err := url.Parse(endpoint)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return nil, errURL
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, errURLParts
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = tracesPath
	}
	return u, nil
}
