package fieldusage

import (
	"maps"
	"net/http"
	"sync"
	"sync/atomic"
)

// What stands in the place of names: of clients that say none, and of those that are not told apart.
const (
	None  = "none"
	Other = "other"
)

// maxName is the length of a name or version, in bytes.
const maxName = 64

// client is a program that sends operations, in one version.
type client struct {
	clientName

	index int
}

type clientName struct{ name, version string }

// clients are those that are told apart. Names are strangers' text: there is only so much room for them.
type clients struct {
	names, versions []string // header fields, the first that says something counts
	config          Config
	kept            map[string]bool // names that there is always room for

	known atomic.Pointer[map[clientName]*client] // it is replaced and never changed
	mu    sync.Mutex
	held  map[string]int // how many versions of each name are told apart
	made  int
	named int // names that are not kept
}

func newClients(c Config) *clients {
	all := &clients{config: c, kept: make(map[string]bool, len(c.Clients)), held: make(map[string]int)}
	for _, name := range c.Clients {
		all.kept[name] = true
	}
	all.names, all.versions = canonical(c.NameHeaders), canonical(c.VersionHeaders)
	all.known.Store(&map[clientName]*client{})
	return all
}

func canonical(names []string) []string {
	all := make([]string, len(names))
	for i, name := range names {
		all[i] = http.CanonicalHeaderKey(name)
	}
	return all
}

// of is the client that a header names.
func (c *clients) of(header http.Header) *client {
	said := clientName{name: first(header, c.names)}
	if said.name == "" {
		return c.find(clientName{name: None})
	}
	if !plain(said.name) {
		return c.find(clientName{name: Other})
	}
	if said.version = first(header, c.versions); !plain(said.version) {
		said.version = Other
	}
	return c.find(said)
}

func first(header http.Header, names []string) string {
	for _, name := range names {
		if values := header[name]; len(values) > 0 && values[0] != "" {
			return values[0]
		}
	}
	return ""
}

func (c *clients) find(said clientName) *client {
	if found, ok := (*c.known.Load())[said]; ok {
		return found
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.make(c.within(said))
}

// within is a client as it is told apart.
func (c *clients) within(said clientName) clientName {
	if _, ok := (*c.known.Load())[said]; ok {
		return said
	}
	versions, ok := c.held[said.name]
	switch {
	case said.name == None, said.name == Other:
		return clientName{name: said.name}
	case !ok && !c.kept[said.name] && c.named >= c.config.MaxClients:
		return clientName{name: Other}
	case versions >= c.config.MaxVersions:
		return clientName{name: said.name, version: Other}
	default:
		return said
	}
}

// make is the client of a name, new or not. The lock is held.
func (c *clients) make(name clientName) *client {
	known := *c.known.Load()
	if found, ok := known[name]; ok {
		return found
	}
	c.hold(name)
	made := &client{clientName: name, index: c.made}
	c.made++
	grown := maps.Clone(known)
	grown[name] = made
	c.known.Store(&grown)
	return made
}

// hold takes the room that a client needs.
func (c *clients) hold(name clientName) {
	versions, ok := c.held[name.name]
	if !ok && !c.kept[name.name] && name.name != None && name.name != Other {
		c.named++
	}
	if name.version != Other {
		versions++
	}
	c.held[name.name] = versions
}

// plain reports whether a name can stand in logs and metrics as it is.
func plain(text string) bool {
	if len(text) > maxName {
		return false
	}
	for i := range len(text) {
		switch b := text[i]; {
		case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', '0' <= b && b <= '9':
		case b == ' ', b == '.', b == '_', b == '-', b == '/', b == '+', b == '@', b == ':', b == '(', b == ')':
		default:
			return false
		}
	}
	return true
}
