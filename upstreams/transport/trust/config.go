package trust

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
)

// Config says how an https service proves who it is, and how the gateway does. The files are looked at each second; connections
// that are made after a change go by the new content.
type Config struct {
	// CA is the PEM file of the authorities that the service's certificate must come from. No other is believed then. Empty
	// believes those of the operating system.
	CA string `yaml:"ca"`
	// Cert is the PEM file of the certificate that the gateway shows where the service asks for one, with its chain. Empty shows
	// none.
	Cert string `yaml:"cert"`
	// Key is the PEM file of its private key.
	Key string `yaml:"key"`
	// ServerName is the name that the certificate must be for, and that is asked for (SNI). Empty is the host of the URL.
	ServerName string `yaml:"server_name"`
	// MinVersion is the oldest version of TLS that is spoken: 1.2 or 1.3.
	MinVersion string `yaml:"min_version"`
	// Pins are public keys, one of which must be in the certificate's chain, beside everything else: the SHA-256 of the
	// SubjectPublicKeyInfo, in base64, as sha256/… or without that. An empty list asks for none.
	Pins []string `yaml:"pins"`
}

// DefaultConfig believes the authorities of the operating system and speaks TLS 1.2 and 1.3.
func DefaultConfig() Config { return Config{MinVersion: version12} }

const (
	version12 = "1.2"
	version13 = "1.3"
)

// set reports whether anything is asked for beside the defaults.
func (c Config) set() bool {
	return c.CA != "" || c.Cert != "" || c.Key != "" || c.ServerName != "" || c.MinVersion == version13 || len(c.Pins) > 0
}

// Validate reports settings that could not be used, and all of them where there is no https URL. What the files hold is for Open.
func (c Config) Validate(https bool, fail func(path, message string)) {
	if c.set() && !https {
		fail("", "is for services with an https URL")
	}
	if (c.Cert == "") != (c.Key == "") {
		fail("", "needs cert and key, or neither")
	}
	if c.MinVersion != version12 && c.MinVersion != version13 {
		fail(".min_version", "must be 1.2 or 1.3")
	}
	if strings.ContainsAny(c.ServerName, "/:@ ") {
		fail(".server_name", "must be a host name, without a port")
	}
	seen := make(map[pin]int)
	for i, text := range c.Pins {
		path := fmt.Sprintf(".pins[%d]", i)
		each, ok := parsePin(text)
		if !ok {
			fail(path, "must be the SHA-256 of a public key in base64, such as sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
			continue
		}
		if first, twice := seen[each]; twice {
			fail(path, fmt.Sprintf("repeats pins[%d]", first))
			continue
		}
		seen[each] = i
	}
}

// pin is the hash of a public key.
type pin [sha256.Size]byte

func parsePin(text string) (p pin, ok bool) {
	raw, err := base64.StdEncoding.Strict().DecodeString(strings.TrimPrefix(text, "sha256/"))
	if err != nil || len(raw) != len(p) {
		return p, false
	}
	return pin(raw), true
}
