package fieldusage

import (
	"fmt"
	"slices"
)

// Config says whether uses are counted, and how clients are told apart.
type Config struct {
	// Enabled counts.
	Enabled bool `yaml:"enabled"`
	// NameHeaders are the header fields by which clients say their name. The first that says something counts.
	NameHeaders []string `yaml:"name_headers"`
	// VersionHeaders are those by which they say their version.
	VersionHeaders []string `yaml:"version_headers"`
	// Clients are names that are told apart however many others there are.
	Clients []string `yaml:"clients"`
	// MaxClients is how many other names are told apart, those that come first. All further ones count as "other".
	MaxClients int `yaml:"max_clients"`
	// MaxVersions is how many versions of each name are told apart. All further ones count as "other".
	MaxVersions int `yaml:"max_versions"`
}

// The most that can be told apart. Each name and version takes 24 bytes for each part of the schema.
const (
	mostClients  = 200
	mostVersions = 20
)

// DefaultConfig counts, by the fields that Apollo's clients send and by plain ones.
func DefaultConfig() Config {
	return Config{
		Enabled:        true,
		NameHeaders:    []string{"Apollographql-Client-Name", "X-Client-Name"},
		VersionHeaders: []string{"Apollographql-Client-Version", "X-Client-Version"},
		MaxClients:     50,
		MaxVersions:    10,
	}
}

// Validate reports what cannot be counted by.
func (c Config) Validate(fail func(path, message string)) {
	for _, each := range []struct {
		path  string
		names []string
	}{{"name_headers", c.NameHeaders}, {"version_headers", c.VersionHeaders}} {
		for i, name := range each.names {
			if !token(name) {
				fail(fmt.Sprintf("%s[%d]", each.path, i), "must be the name of a header field")
			}
		}
	}
	for i, name := range c.Clients {
		if name == "" || name == None || name == Other || !plain(name) {
			fail(fmt.Sprintf("clients[%d]", i), fmt.Sprintf(
				"must be 1 to %d letters, digits, spaces and ._-/+@:(), and neither %q nor %q", maxName, None, Other))
		}
	}
	if len(c.Clients) > mostClients {
		fail("clients", fmt.Sprintf("must be at most %d", mostClients))
	}
	if c.MaxClients < 0 || c.MaxClients > mostClients {
		fail("max_clients", fmt.Sprintf("must lie between 0 and %d", mostClients))
	}
	if c.MaxVersions < 1 || c.MaxVersions > mostVersions {
		fail("max_versions", fmt.Sprintf("must lie between 1 and %d", mostVersions))
	}
}

// Fields are the header fields that clients may send.
func (c Config) Fields() []string { return slices.Concat(c.NameHeaders, c.VersionHeaders) }

// token reports whether a text can be the name of a header field, in letters, digits and hyphens.
func token(name string) bool {
	for i := range len(name) {
		b := name[i]
		if b != '-' && (b < '0' || b > '9') && (b < 'a' || b > 'z') && (b < 'A' || b > 'Z') {
			return false
		}
	}
	return name != ""
}
