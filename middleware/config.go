package middleware

import (
	"fmt"
	"net/url"
	"strings"
	"time"
)

// CORS says which other origins may call from a browser. It is off while AllowedOrigins is empty.
type CORS struct {
	// AllowedOrigins are exact origins, such as https://shop.example. There are no patterns, and * is refused.
	AllowedOrigins []string `yaml:"allowed_origins"`
	// AllowCredentials lets browsers send cookies along.
	AllowCredentials bool `yaml:"allow_credentials"`
	// MaxAge is how long a browser may remember a preflight's answer.
	MaxAge time.Duration `yaml:"max_age"`
}

// DefaultCORS allows no other origin.
func DefaultCORS() CORS { return CORS{MaxAge: 10 * time.Minute} }

// Validate reports origins that no browser sends.
func (c CORS) Validate(fail func(path, message string)) {
	for i, origin := range c.AllowedOrigins {
		if message := originMistake(origin); message != "" {
			fail(fmt.Sprintf("allowed_origins[%d]", i), message)
		}
	}
	if c.AllowCredentials && len(c.AllowedOrigins) == 0 {
		fail("allow_credentials", "has no effect without allowed_origins")
	}
	if c.MaxAge < 0 || c.MaxAge > 24*time.Hour {
		fail("max_age", "must lie between 0s and 24h")
	}
}

func originMistake(origin string) string {
	if origin == "*" {
		return "must not be *: list the origins that may call"
	}
	if strings.Contains(origin, "*") { // the CORS library would read it as a pattern
		return "must not be a pattern: list the origins that may call"
	}
	u, err := url.Parse(origin)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return "must be an origin such as https://shop.example"
	}
	if u.Scheme+"://"+u.Host != origin {
		return "must be scheme, host and port alone, without path, user or query"
	}
	return ""
}
