package signed

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"github.com/concierge-gateway/concierge/secret"
)

const (
	// marker begins a secret in base64, as Standard Webhooks has it.
	marker = "whsec_"
	// The bounds of a secret, in bytes. Standard Webhooks asks for 24 at least.
	leastSecret, mostSecret = 24, 256
	// mostSecrets bounds what a request without a right signature costs: all secrets are tried.
	mostSecrets = 100
)

// Config says who may tell something by signed messages. With no senders nobody may.
type Config struct {
	// Path is where it is told, on the public listener.
	Path string `yaml:"path"`
	// Senders are who may tell it.
	Senders []Sender `yaml:"senders"`
}

// Sender signs what it tells.
type Sender struct {
	// Name is for the log.
	Name string `yaml:"name"`
	// Secrets are by which it signs: one, or two while one takes the other's place. One that begins with whsec_ is in base64 after
	// that, any other is taken as it stands. It is 24 to 256 bytes long.
	Secrets []secret.Text `yaml:"secrets"`
	// Upstreams are the services of which it may tell.
	Upstreams []string `yaml:"upstreams"`
}

// Enabled reports whether there are senders.
func (c Config) Enabled() bool { return len(c.Senders) > 0 }

// Validate reports senders that could tell nothing, and secrets that are none.
func (c Config) Validate(fail func(path, message string)) {
	if !strings.HasPrefix(c.Path, "/") || strings.ContainsAny(c.Path, "?#{}* ") {
		fail("path", "must begin with a slash, and have no query")
	}
	seen := make(map[string]bool)
	names := make(map[string]bool)
	for i, sender := range c.Senders {
		path := fmt.Sprintf("senders[%d]", i)
		if sender.Name == "" || names[sender.Name] {
			fail(path+".name", "must be a name of its own")
		}
		names[sender.Name] = true
		sender.validate(seen, func(member, message string) { fail(path+"."+member, message) })
	}
	if len(seen) > mostSecrets {
		fail("senders", fmt.Sprintf("must have %d secrets at most together", mostSecrets))
	}
}

// validate also refuses a secret that was seen before: it would not say who has signed.
func (s Sender) validate(seen map[string]bool, fail func(path, message string)) {
	if len(s.Secrets) == 0 {
		fail("secrets", "must have one")
	}
	for i, text := range s.Secrets {
		key, err := keyOf(text)
		switch path := fmt.Sprintf("secrets[%d]", i); {
		case err != nil:
			fail(path, "must be base64 after whsec_")
		case len(key) < leastSecret || len(key) > mostSecret:
			fail(path, fmt.Sprintf("must have %d to %d bytes", leastSecret, mostSecret))
		case seen[string(key)]:
			fail(path, "must not be used twice")
		default:
			seen[string(key)] = true
		}
	}
	if len(s.Upstreams) == 0 {
		fail("upstreams", "must name one")
	}
}

// ValidateUpstreams reports upstreams that do not exist.
func (c Config) ValidateUpstreams(services []string, fail func(path, message string)) {
	for i, sender := range c.Senders {
		for j, name := range sender.Upstreams {
			if !slices.Contains(services, name) {
				fail(fmt.Sprintf("senders[%d].upstreams[%d]", i, j), "there is no such upstream")
			}
		}
	}
}

// keyOf is by what messages are signed.
func keyOf(text secret.Text) ([]byte, error) {
	encoded, ok := strings.CutPrefix(string(text), marker)
	if !ok {
		return []byte(text), nil
	}
	return base64.StdEncoding.DecodeString(encoded)
}
