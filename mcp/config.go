package mcp

import (
	"fmt"
	"net/url"

	"github.com/concierge-gateway/concierge/auth/resource"
	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/networks"
	"github.com/concierge-gateway/concierge/units"
)

// Config says whether model agents may list and call tools, and how much they may send and get.
type Config struct {
	// Enabled opens the door. The tools are those operations of trusted documents that are marked as such.
	Enabled bool `yaml:"enabled"`
	// Resource is the URL by which clients reach the door, such as https://api.example.com/mcp. Empty takes what each request says.
	Resource string `yaml:"resource"`
	// Instructions are told to each client, for its model to read: what the tools are for.
	Instructions string `yaml:"instructions"`
	// MaxArguments bounds a message of a client, and so the arguments of a call.
	MaxArguments units.Bytes `yaml:"max_arguments"`
	// MaxResult bounds what a call answers, as JSON.
	MaxResult units.Bytes `yaml:"max_result"`
	// Networks says from where the door may be asked.
	Networks networks.Config `yaml:"networks"`
	// FreeQuery is a tool that takes any query.
	FreeQuery FreeQuery `yaml:"free_query"`
}

// FreeQuery says who may have a tool that takes any query, by the bounds of costs and the safelist.
type FreeQuery struct {
	// Enabled offers it.
	Enabled bool `yaml:"enabled"`
	// Scopes are what a caller must have been granted to see it, all of it. None lets everybody.
	Scopes []string `yaml:"scopes"`
}

// DefaultConfig opens nothing. Its bounds are what a model can make use of: 256 KiB are some 60,000 tokens.
func DefaultConfig() Config {
	return Config{MaxArguments: 64 * units.KiB, MaxResult: 256 * units.KiB}
}

// Fields are the header fields that a page of a browser has to send, by which the protocol names its version and what a message
// is about, and to read: where to get a token. There are none while the door is closed.
func (c Config) Fields() middleware.Fields {
	if !c.Enabled {
		return middleware.Fields{}
	}
	return middleware.Fields{
		Sent: []string{"Mcp-Protocol-Version", "Mcp-Method", "Mcp-Name", "Mcp-Session-Id", "Last-Event-Id"},
		Told: []string{"Www-Authenticate"},
	}
}

// Origin is that of Resource, empty where that is.
func (c Config) Origin() string {
	u, err := url.Parse(c.Resource)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// The longest instructions, in bytes: each model reads them each time.
const maxInstructions = 8 << 10

// Validate reports settings that cannot work.
func (c Config) Validate(fail func(path, message string)) {
	if c.Resource != "" {
		if mistake := resource.Mistake(c.Resource); mistake != "" {
			fail("resource", mistake)
		}
	}
	if len(c.Instructions) > maxInstructions {
		fail("instructions", fmt.Sprintf("must be at most %s long", units.Bytes(maxInstructions)))
	}
	if c.MaxArguments < units.KiB || c.MaxArguments > 16*units.MiB {
		fail("max_arguments", "must lie between 1KiB and 16MiB")
	}
	if c.MaxResult < units.KiB || c.MaxResult > 64*units.MiB {
		fail("max_result", "must lie between 1KiB and 64MiB")
	}
	c.Networks.Validate(func(path, message string) { fail("networks."+path, message) })
	for i, scope := range c.FreeQuery.Scopes {
		if scope == "" {
			fail(fmt.Sprintf("free_query.scopes[%d]", i), "must not be empty")
		}
	}
}
