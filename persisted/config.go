package persisted

import (
	"fmt"
	"slices"
	"time"

	"github.com/concierge-gateway/concierge/units"
)

// Config says which documents are known by an id, and which are run.
type Config struct {
	// Automatic are documents that clients register by themselves.
	Automatic AutomaticConfig `yaml:"automatic"`
	// Trusted are documents that the operator knows.
	Trusted TrustedConfig `yaml:"trusted"`
}

// AutomaticConfig says whether clients may register documents (automatic persisted queries), and how many are kept.
type AutomaticConfig struct {
	// Enabled lets them. Those of a safelist's gateway may not.
	Enabled bool `yaml:"enabled"`
	// Memory is what such documents may take.
	Memory units.Bytes `yaml:"memory"`
	// Lifetime is for how long a document is kept that nobody asks for.
	Lifetime time.Duration `yaml:"lifetime"`
}

// TrustedConfig says which documents the operator knows.
type TrustedConfig struct {
	// Manifests are the files that tell of them.
	Manifests []Source `yaml:"manifests"`
	// Safelist says what else may be asked.
	Safelist Safelist `yaml:"safelist"`
	// FreeScopes are scopes one of which lets a caller send any document, whatever the safelist is. Without any, nobody may.
	FreeScopes []string `yaml:"free_scopes"`
}

// Source is a manifest, a file *.graphql, or a folder of such files.
type Source struct {
	// Path is where it lies.
	Path string `yaml:"path"`
	// Client is whose documents they are, where the manifest does not say.
	Client string `yaml:"client"`
}

// Safelist says what may be asked besides trusted documents.
type Safelist string

// The safelists.
const (
	// Off lets every document be asked.
	Off Safelist = "off"
	// Audit does, too, and counts and logs what would not be without it.
	Audit Safelist = "audit"
	// Documents lets trusted documents alone be asked, by their ids or as they are.
	Documents Safelist = "documents"
	// IDs lets them be asked by their ids alone.
	IDs Safelist = "ids"
)

// Closed reports whether it keeps anything away.
func (s Safelist) Closed() bool { return s == Documents || s == IDs }

// DefaultConfig lets clients register documents, since Apollo's servers do, too, and trusts none.
func DefaultConfig() Config {
	return Config{
		Automatic: AutomaticConfig{Enabled: true, Memory: 8 * units.MiB, Lifetime: 24 * time.Hour},
		Trusted:   TrustedConfig{Safelist: Off},
	}
}

// leastMemory has room for some of the largest documents: one may take a sixteenth.
const leastMemory = 2 * units.MiB

// Validate reports settings that cannot work. It reads no manifest.
func (c Config) Validate(fail func(path, message string)) {
	if c.Automatic.Memory < leastMemory || c.Automatic.Memory > 64*units.GiB {
		fail("automatic.memory", "must lie between 2MiB and 64GiB")
	}
	if c.Automatic.Lifetime < time.Second || c.Automatic.Lifetime > 365*24*time.Hour {
		fail("automatic.lifetime", "must lie between 1s and 8760h")
	}
	c.Trusted.validate(func(path, message string) { fail("trusted."+path, message) })
}

func (c TrustedConfig) validate(fail func(path, message string)) {
	if !slices.Contains([]Safelist{Off, Audit, Documents, IDs}, c.Safelist) {
		fail("safelist", "must be off, audit, documents or ids")
	}
	if c.Safelist.Closed() && len(c.Manifests) == 0 {
		fail("manifests", "are needed by the safelist: without them nothing could be asked")
	}
	for i, each := range c.Manifests {
		if each.Path == "" {
			fail(fmt.Sprintf("manifests[%d].path", i), "is needed")
		}
	}
	for i, scope := range c.FreeScopes {
		if scope == "" {
			fail(fmt.Sprintf("free_scopes[%d]", i), "must not be empty")
		}
	}
}
