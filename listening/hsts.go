package listening

import (
	"strconv"
	"strings"
	"time"
)

// HSTS tells browsers, over TLS, to come by TLS alone from now on (RFC 6797).
type HSTS struct {
	// MaxAge is how long browsers remember it, from their last request. 0s makes them forget it.
	MaxAge time.Duration `yaml:"max_age"`
	// IncludeSubdomains says it of all hosts below this one, too.
	IncludeSubdomains bool `yaml:"include_subdomains"`
	// Preload lets browsers' makers build this host into their lists. It is hard to take back.
	Preload bool `yaml:"preload"`
}

// year is the least age that lists of preloaded hosts take.
const year = 365 * 24 * time.Hour

// DefaultHSTS holds for a year, and for this host alone: its owner may run others without TLS.
func DefaultHSTS() HSTS { return HSTS{MaxAge: year} }

// Validate reports what no browser, or no list of preloaded hosts, would take.
func (h HSTS) Validate(fail func(path, message string)) {
	if h.MaxAge < 0 {
		fail("max_age", "must not be negative")
	}
	if h.Preload && (!h.IncludeSubdomains || h.MaxAge < year) {
		fail("preload", "needs include_subdomains: true and a max_age of at least 8760h, without which no list takes a host")
	}
}

// Field is the value of Strict-Transport-Security.
func (h HSTS) Field() string {
	parts := []string{"max-age=" + strconv.FormatInt(int64(h.MaxAge/time.Second), 10)}
	if h.IncludeSubdomains {
		parts = append(parts, "includeSubDomains")
	}
	if h.Preload {
		parts = append(parts, "preload")
	}
	return strings.Join(parts, "; ")
}
