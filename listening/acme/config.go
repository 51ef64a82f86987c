package acme

import (
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/concierge-gateway/concierge/secret"
)

// Config says for which hosts an authority issues certificates, and how it is asked (RFC 8555). Without domains, none is asked.
type Config struct {
	// Domains are the hosts. Each gets a certificate of its own. The authority looks itself who has them, by the public listener
	// (tls-alpn-01, port 443) or by the one that redirects (http-01, port 80), so it must be able to reach one of the two.
	Domains []string `yaml:"domains"`
	// AgreeToTerms says that its owner agrees to the authority's terms of service, without which it issues nothing.
	AgreeToTerms bool `yaml:"agree_to_terms"`
	// Email is where the authority may write to. Empty is nowhere.
	Email string `yaml:"email"`
	// Directory is the authority's URL. By default, it is Let's Encrypt's.
	Directory string `yaml:"directory"`
	// CAFile is a PEM file of those who vouch for the authority's own server. Empty is the system's.
	CAFile string `yaml:"ca_file"`
	// Storage is the folder where the account, certificates and their keys lie. It outlives the process. Instances that serve the
	// same domains share it, so that one of them asks for all and each can answer the authority.
	Storage string `yaml:"storage"`
	// External names an account at the authority that exists already, for those who ask for that.
	External External `yaml:"external_account"`
	// CheckEvery is how often it is looked whether a certificate should be renewed: when a third of its time is left, or when the
	// authority says so (ARI, RFC 9773).
	CheckEvery time.Duration `yaml:"check_every"`
}

// External is an account's name and key, as the authority has given them (RFC 8555, section 7.3.4).
type External struct {
	// ID is the key's identifier.
	ID string `yaml:"id"`
	// Key is the key, in base64url.
	Key secret.Text `yaml:"key"`
}

// DefaultConfig asks nobody for nothing.
func DefaultConfig() Config {
	return Config{Directory: "https://acme-v02.api.letsencrypt.org/directory", CheckEvery: 10 * time.Minute}
}

// Enabled tells whether there are hosts to ask for.
func (c Config) Enabled() bool { return len(c.Domains) > 0 }

// Validate reports what no authority would take, and files that cannot be read.
func (c Config) Validate(fail func(path, message string)) {
	if !c.Enabled() {
		return
	}
	c.validateDomains(fail)
	if !c.AgreeToTerms {
		fail("agree_to_terms", "must be true: the authority issues nothing to who does not agree to its terms")
	}
	if c.Storage == "" {
		fail("storage", "is needed: a folder that outlives the process, or each start asks for new certificates")
	}
	if u, err := url.Parse(c.Directory); err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
		fail("directory", "must be an https URL")
	}
	if c.CheckEvery < time.Second || c.CheckEvery > 24*time.Hour {
		fail("check_every", "must lie between 1s and 24h")
	}
	if (c.External.ID == "") != (c.External.Key == "") {
		fail("external_account", "needs both id and key")
	}
	if _, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(string(c.External.Key), "=")); err != nil {
		fail("external_account.key", "must be base64url")
	}
	if _, err := c.roots(); err != nil {
		fail("ca_file", "must be a PEM file of certificates that can be read")
	}
}

func (c Config) validateDomains(fail func(path, message string)) {
	seen := make(map[string]bool)
	for i, name := range c.Domains {
		path := fmt.Sprintf("domains[%d]", i)
		switch {
		case strings.HasPrefix(name, "*."):
			fail(path, "must be one host: no wildcard can be proven by tls-alpn-01 or http-01")
		case !isHost(name):
			fail(path, "must be a host name in lower case, such as api.example.com")
		case seen[name]:
			fail(path, "stands there already")
		}
		seen[name] = true
	}
}

// isHost takes names as DNS has them: an international one is written as xn--….
func isHost(name string) bool {
	const longest, longestLabel = 253, 63
	if len(name) > longest || !strings.Contains(name, ".") {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > longestLabel || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		if strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
	}
	return true
}

// roots are those who vouch for the authority's server, nil for the system's.
func (c Config) roots() (*x509.CertPool, error) {
	if c.CAFile == "" {
		return nil, nil
	}
	text, err := os.ReadFile(c.CAFile)
	if err != nil {
		return nil, fmt.Errorf("read who vouches for the authority: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("read who vouches for the authority: there is no certificate in %s", c.CAFile)
	}
	return pool, nil
}
