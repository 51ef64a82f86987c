package passport_test

import (
	"crypto/elliptic"
	"encoding/base64"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"pgregory.net/rapid"

	"github.com/concierge-gateway/concierge/auth/passport"
)

func mistakes(c passport.Config) (paths, messages []string) {
	c.Validate(func(path, message string) {
		paths = append(paths, path)
		messages = append(messages, message)
	})
	return paths, messages
}

func TestConfigReportsWhatCannotWork(t *testing.T) {
	good := settings(pkcs8(t, p256(t)), public(t, p256(t)), pkcs8(t, edwards(t)))
	with := func(change func(*passport.Config)) passport.Config {
		c := good
		change(&c)
		return c
	}
	bad := file(t, []byte("nothing"))
	for name, c := range map[string]struct {
		cfg  passport.Config
		want []string
	}{
		"a key and an issuer":       {good, nil},
		"no passports":              {passport.DefaultConfig(), nil},
		"nothing at all":            {passport.Config{}, nil},
		"an issuer and no key":      {passport.Config{Issuer: issuer}, []string{"key"}},
		"retired keys and no key":   {passport.Config{Retired: good.Retired}, []string{"key"}},
		"a name for an issuer":      {with(func(c *passport.Config) { c.Issuer = "concierge" }), nil},
		"an issuer that is a URN":   {with(func(c *passport.Config) { c.Issuer = "urn:example:gateway" }), nil},
		"no issuer":                 {with(func(c *passport.Config) { c.Issuer = "" }), []string{"issuer"}},
		"an issuer with a space":    {with(func(c *passport.Config) { c.Issuer = "https://api.example.com " }), []string{"issuer"}},
		"an issuer without scheme":  {with(func(c *passport.Config) { c.Issuer = "//api.example.com:443" }), []string{"issuer"}},
		"an issuer that is no text": {with(func(c *passport.Config) { c.Issuer = "\xff" }), []string{"issuer"}},
		"the shortest life":         {with(func(c *passport.Config) { c.Lifetime = 10 * time.Second }), nil},
		"too short a life":          {with(func(c *passport.Config) { c.Lifetime = 10*time.Second - 1 }), []string{"lifetime"}},
		"the longest life":          {with(func(c *passport.Config) { c.Lifetime = 5 * time.Minute }), nil},
		"too long a life":           {with(func(c *passport.Config) { c.Lifetime = 5*time.Minute + 1 }), []string{"lifetime"}},
		"a memory of nothing":       {with(func(c *passport.Config) { c.MaxRemembered = 0 }), []string{"max_remembered"}},
		"a memory without end":      {with(func(c *passport.Config) { c.MaxRemembered = 100_001 }), []string{"max_remembered"}},
		"a retired key that is bad": {with(func(c *passport.Config) { c.Retired = []string{good.Key, bad} }), []string{"retired[1]"}},
		"all at once":               {passport.Config{Key: bad, Retired: []string{bad}}, []string{"key", "retired[0]", "issuer", "lifetime", "max_remembered"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, _ := mistakes(c.cfg)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			_, err := passport.New(c.cfg, prometheus.NewRegistry())
			if usable := c.want == nil && c.cfg.Enabled(); usable != (err == nil) {
				t.Errorf("New says %v", err)
			}
		})
	}
}

func TestAFileThatHoldsNoUsableKeyIsRefused(t *testing.T) {
	key := p256(t)
	text := pkcs8Text(t, key)
	large := rsaKey(t)
	const other = "must hold a key of P-256 or Ed25519"
	for name, c := range map[string]struct{ file, key, retired string }{
		"none":                {"no-such-file.pem", "cannot be read: no such file or directory", "cannot be read: no such file or directory"},
		"a folder":            {t.TempDir(), "cannot be read: is a directory", "cannot be read: is a directory"},
		"an empty file":       {file(t, nil), "holds no PEM", "holds no PEM"},
		"a certificate":       {file(t, block("CERTIFICATE", []byte("x"))), "holds no PEM", "holds no PEM"},
		"parameters alone":    {file(t, parameters(t)), "holds no PEM", "holds no PEM"},
		"two keys":            {file(t, append(pkcs8Text(t, p256(t)), text...)), "must hold one key", "must hold one key"},
		"a broken key":        {file(t, block("PRIVATE KEY", []byte("nonsense"))), "broken or encrypted", "broken or encrypted"},
		"a broken public key": {file(t, block("PUBLIC KEY", []byte("nonsense"))), "broken or encrypted", "broken or encrypted"},
		"an encrypted key":    {file(t, block("ENCRYPTED PRIVATE KEY", []byte("x"))), "broken or encrypted", "broken or encrypted"},
		"RSA":                 {pkcs8(t, large), other, other},
		"a public RSA key":    {public(t, large), other, other},
		"P-384":               {pkcs8(t, ec(t, elliptic.P384())), other, other},
		"P-224":               {sec1(t, ec(t, elliptic.P224())), other, other},
		"a public P-521 key":  {public(t, ec(t, elliptic.P521())), "must hold a private key", other},
		"a public key":        {public(t, key), "must hold a private key", ""},
		"the key itself":      {string(text), "must be the name of a file", "must be the name of a file"},
	} {
		t.Run(name, func(t *testing.T) {
			expect := func(cfg passport.Config, want string) {
				t.Helper()
				_, messages := mistakes(cfg)
				if got := strings.Join(messages, "\n"); (got == "") != (want == "") || !strings.Contains(got, want) {
					t.Errorf("got %q, want %q", got, want)
				}
			}
			expect(settings(c.file), c.key)
			expect(settings(pkcs8(t, key), c.file), c.retired)
		})
	}
}

// Whatever is done to a key file, and wherever its text is put, no error shows six bytes of it.
func TestErrorsHoldNoPartOfAKey(t *testing.T) {
	key := p256(t)
	text := pkcs8Text(t, key)
	parsed, _ := pem.Decode(text)
	encoded := base64.StdEncoding.EncodeToString(parsed.Bytes)
	shows := func(message string) bool {
		for i := range len(encoded) - 8 {
			if strings.Contains(message, encoded[i:i+8]) {
				return true
			}
		}
		for i := range len(parsed.Bytes) - 6 {
			if strings.Contains(message, string(parsed.Bytes[i:i+6])) {
				return true
			}
		}
		return false
	}
	rapid.Check(t, func(r *rapid.T) {
		der := append([]byte(nil), parsed.Bytes...)
		at := rapid.IntRange(0, len(der)-1).Draw(r, "at")
		der[at] ^= rapid.ByteRange(1, 255).Draw(r, "by")
		der = der[:rapid.IntRange(0, len(der)).Draw(r, "length")]
		kind := rapid.SampledFrom([]string{"PRIVATE KEY", "EC PRIVATE KEY", "PUBLIC KEY", encoded[:40]}).Draw(r, "kind")
		for _, given := range []string{file(t, block(kind, der)), string(text), encoded, encoded[:30] + "/" + encoded[30:60] + ".pem"} {
			for _, cfg := range []passport.Config{settings(given), settings(pkcs8(t, key), given)} {
				if _, err := passport.New(cfg, prometheus.NewRegistry()); err != nil && shows(err.Error()) {
					r.Errorf("it shows: %v", err)
				}
			}
		}
	})
}
