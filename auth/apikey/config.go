package apikey

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"
)

// Config says which API keys are taken, and where a request brings one.
type Config struct {
	// Header is the field that brings a key. It must be none that means something else already.
	Header string `yaml:"header"`
	// File is a YAML file of further keys, in the form of keys here. It is read again when it changes.
	File string `yaml:"file"`
	// Keys are the keys that are taken. Each is known by its hash alone.
	Keys []Entry `yaml:"keys"`
}

// Entry is one key, or two of which one takes the other's place.
type Entry struct {
	// ID names the key in logs, and is a part of it: 1 to 64 small letters, digits and hyphens.
	ID string `yaml:"id"`
	// Owner is who bears the key: a user's id, or a machine's name.
	Owner string `yaml:"owner"`
	// Scopes are what the key may be used for, each by name.
	Scopes []string `yaml:"scopes"`
	// Plan is the name of the bundle of limits that its bearer has: at most 100 bytes without spaces. Empty is none.
	Plan string `yaml:"plan"`
	// Tenant is whom its bearer belongs to: at most 100 bytes without spaces. Empty is nobody.
	Tenant string `yaml:"tenant"`
	// Hashes are those of the key: one, or two while one takes the other's place.
	Hashes []Hash `yaml:"hashes"`
	// Expires is when the key ends, in the form 2027-01-31T12:00:00Z. Without it, it does not end by itself.
	Expires time.Time `yaml:"expires,omitzero"`
}

// Hash is how a key is known without being stored.
type Hash struct {
	// SHA256 is the hash of the whole key: 64 hexadecimal digits.
	SHA256 string `yaml:"sha256"`
	// Expires is when this one is no longer taken, in the form 2027-01-31T12:00:00Z. Without it, the entry's own counts alone.
	Expires time.Time `yaml:"expires,omitzero"`
}

// file is what the file holds.
type file struct {
	Keys []Entry `yaml:"keys"`
}

// DefaultConfig takes no key.
func DefaultConfig() Config { return Config{Header: "X-API-Key"} }

// Enabled tells whether any key can be taken.
func (c Config) Enabled() bool { return c.File != "" || len(c.Keys) > 0 }

// Validate reports settings that cannot work. It does not read the file, which Open does. An end that has passed is no mistake: a
// gateway must start on the day after as well.
func (c Config) Validate(fail func(path, message string)) {
	switch {
	case !httpguts.ValidHeaderFieldName(c.Header):
		fail("header", "must be the name of a header field, such as X-API-Key")
	case spokenFor(c.Header):
		fail("header", "must be a field of its own: this one means something else already")
	}
	file{c.Keys}.Validate(fail)
}

// spokenFor keeps to the fields by which something else is said: another credential, the request's framing, its route.
func spokenFor(name string) bool {
	name = strings.ReplaceAll(name, "_", "-") // Some programs take one for the other.
	for _, family := range []string{"Accept", "Access-Control-", "Content-", "If-", "Proxy-", "Sec-", "X-Forwarded-"} {
		if len(name) >= len(family) && strings.EqualFold(name[:len(family)], family) {
			return true
		}
	}
	return slices.ContainsFunc([]string{
		"Authorization", "Baggage", "Cache-Control", "Connection", "Cookie", "Date", "Dpop", "Expect", "Forwarded", "From", "Host",
		"Idempotency-Key", "Keep-Alive", "Origin", "Pragma", "Range", "Referer", "Set-Cookie", "Te", "Traceparent", "Tracestate",
		"Trailer", "Transfer-Encoding", "Upgrade", "User-Agent", "Via", "X-Real-Ip", "X-Request-Id",
	}, func(each string) bool { return strings.EqualFold(each, name) })
}

// Validate reports what is wrong with each key, and those whose ids are not their own.
func (f file) Validate(fail func(path, message string)) {
	ids := make(map[string]bool, len(f.Keys))
	for i, e := range f.Keys {
		within := func(path, message string) { fail(fmt.Sprintf("keys[%d].%s", i, path), message) }
		if ids[e.ID] {
			within("id", "is that of another key")
		}
		ids[e.ID] = true
		e.validate(within)
	}
}
