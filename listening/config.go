package listening

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/concierge-gateway/concierge/listening/acme"
	"github.com/concierge-gateway/concierge/listening/stapling"
)

// Config says how TLS is spoken: server.tls. Without a certificate, none is.
type Config struct {
	// Certificates are those that are read from files. The first is for clients that name no host.
	Certificates []Certificate `yaml:"certificates"`
	// ACME asks an authority for certificates.
	ACME acme.Config `yaml:"acme"`
	// UnknownNames says what a client gets that names a host which no certificate is for: first shows it the first certificate,
	// and refuse none, so that the handshake fails.
	UnknownNames string `yaml:"unknown_names"`
	// MinVersion is the oldest version of TLS that is spoken: "1.2" or "1.3".
	MinVersion string `yaml:"min_version"`
	// OCSPStapling asks the issuers of certificates from files whether those are good still, and sends along what they say.
	OCSPStapling bool `yaml:"ocsp_stapling"`
	// WarnBefore is how long before the end of a certificate from a file the log begins to tell of it, each day.
	WarnBefore time.Duration `yaml:"warn_before"`
	// ClientCA is the file of those whose client certificates are believed. Clients are asked for theirs where it is given.
	ClientCA string `yaml:"client_ca"`
	// ClientRequired turns clients away that show no certificate.
	ClientRequired bool `yaml:"client_required"`
	// HSTS tells browsers to come by TLS alone.
	HSTS HSTS `yaml:"hsts"`
	// Redirect leads who comes by plain HTTP to TLS.
	Redirect Redirect `yaml:"redirect"`
}

// Certificate is a certificate and its key, as PEM files.
type Certificate struct {
	// Cert is the file of the certificate, followed by those that lead from it to its root.
	Cert string `yaml:"cert"`
	// Key is the file of the certificate's private key.
	Key string `yaml:"key"`
	// OCSP is the file of what the issuer says of the certificate, in DER. It is sent along in handshakes. Empty, and where the
	// certificate names an address for that, the issuer is asked (ocsp_stapling).
	OCSP string `yaml:"ocsp"`
}

// What a client gets that names an unknown host.
const (
	unknownFirst  = "first"
	unknownRefuse = "refuse"
)

// DefaultConfig speaks no TLS, and where it has a certificate, TLS 1.2 and 1.3. RFC 8996 leaves no older version in use.
func DefaultConfig() Config {
	return Config{
		UnknownNames: unknownFirst, MinVersion: "1.2", OCSPStapling: true, WarnBefore: 14 * 24 * time.Hour,
		ACME: acme.DefaultConfig(), HSTS: DefaultHSTS(), Redirect: DefaultRedirect(),
	}
}

// Enabled tells whether the public listener speaks TLS.
func (c Config) Enabled() bool { return len(c.Certificates) > 0 || c.ACME.Enabled() }

// Validate reports settings that cannot work together, and files that hold nothing that can be used. It reads the files.
func (c Config) Validate(fail func(path, message string)) {
	c.validateChoices(fail)
	for i, each := range c.Certificates {
		each.validate(func(path, message string) { fail(fmt.Sprintf("certificates[%d].%s", i, path), message) })
	}
	c.ACME.Validate(func(path, message string) { fail("acme."+path, message) })
	c.validateClients(fail)
	c.HSTS.Validate(func(path, message string) { fail("hsts."+path, message) })
	c.Redirect.Validate(func(path, message string) { fail("redirect."+path, message) })
	if c.Redirect.Listen != "" && !c.Enabled() {
		fail("redirect.listen", "needs certificates, or acme.domains: there is nothing by TLS to lead to")
	}
}

func (c Config) validateChoices(fail func(path, message string)) {
	if c.UnknownNames != unknownFirst && c.UnknownNames != unknownRefuse {
		fail("unknown_names", "must be first or refuse")
	}
	if _, ok := versions()[c.MinVersion]; !ok {
		fail("min_version", `must be "1.2" or "1.3"`)
	}
	if c.WarnBefore < 0 {
		fail("warn_before", "must not be negative")
	}
}

func (c Certificate) validate(fail func(path, message string)) {
	if c.Cert == "" {
		fail("cert", "is needed beside key")
	}
	if c.Key == "" {
		fail("key", "is needed beside cert")
	}
	if c.Cert == "" || c.Key == "" {
		return
	}
	cert, certErr := os.ReadFile(c.Cert)
	if certErr != nil {
		fail("cert", unreadable(certErr))
	}
	key, keyErr := os.ReadFile(c.Key)
	if keyErr != nil {
		fail("key", unreadable(keyErr))
	}
	if certErr != nil || keyErr != nil {
		return
	}
	both, err := pair(cert, key)
	if err != nil {
		fail("cert", err.Error())
		return
	}
	c.validateOCSP(both, fail)
}

func (c Certificate) validateOCSP(both *tls.Certificate, fail func(path, message string)) {
	if c.OCSP == "" {
		return
	}
	der, err := os.ReadFile(c.OCSP)
	if err != nil {
		fail("ocsp", unreadable(err))
		return
	}
	if _, err := stapling.Read(der, both, time.Now()); err != nil {
		fail("ocsp", "holds nothing that can be sent along: "+err.Error())
	}
}

// validateClients checks what says whose client certificates are believed.
func (c Config) validateClients(fail func(path, message string)) {
	if c.ClientCA == "" {
		if c.ClientRequired {
			fail("client_required", "needs client_ca, which says whose certificates are believed")
		}
		return
	}
	if !c.Enabled() {
		fail("client_ca", "needs certificates, or acme.domains: without TLS no client shows one")
	}
	text, err := os.ReadFile(c.ClientCA)
	if err != nil {
		fail("client_ca", unreadable(err))
		return
	}
	if _, err := pool(text); err != nil {
		fail("client_ca", err.Error())
	}
}

// unreadable leaves out the file's name, which may come from a variable.
func unreadable(err error) string {
	if pathError, ok := errors.AsType[*fs.PathError](err); ok {
		return "cannot be read: " + pathError.Err.Error()
	}
	return "cannot be read"
}

// versions are those that can be asked for.
func versions() map[string]uint16 {
	return map[string]uint16{"1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}
}
