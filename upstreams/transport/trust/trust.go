// Package trust answers whether a service is the one that is meant, and how it knows the gateway.
//
// Nothing here takes the check of a certificate out of the hands of crypto/tls: it is told whom to believe, and asks for more
// than it would, never for less.
package trust

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/concierge-gateway/concierge/watched"
)

// Trust makes connections to one service that both sides can believe in. It is safe for concurrent use.
type Trust struct {
	config Config
	log    *slog.Logger
	expiry func(*tls.Certificate)

	ca, cert, key *watched.File[*text] // nil where there is none

	mu   sync.Mutex
	seen files       // what was tried last
	made *tls.Config // of the last files that are good together
}

// text is the content of a file. Its address tells one content from the next.
type text struct {
	pem  []byte
	pool *x509.CertPool // of the authorities' file
}

// files are the contents at one moment.
type files struct{ ca, cert, key *text }

// Open reads the files, and fails where they cannot be used.
func Open(service string, config Config, metrics *Metrics, log *slog.Logger) (*Trust, error) {
	t := &Trust{config: config, log: log.With("service", service), expiry: metrics.of(service)}
	for _, each := range []struct {
		into **watched.File[*text]
		path string
		name string
		read func([]byte) (*text, error)
	}{{&t.ca, config.CA, "ca", authorities}, {&t.cert, config.Cert, "cert", plain}, {&t.key, config.Key, "key", plain}} {
		if each.path == "" {
			continue
		}
		file, err := watched.Open(each.path, each.read, 0, t.log)
		if err != nil {
			return nil, fmt.Errorf("read tls.%s: %w", each.name, err)
		}
		*each.into = file
	}
	t.seen = t.files()
	made, err := t.settings(t.seen)
	if err != nil {
		return nil, err
	}
	t.made = made
	return t, nil
}

// Run looks at the files until ctx ends.
func (t *Trust) Run(ctx context.Context) {
	var all sync.WaitGroup
	for _, each := range []*watched.File[*text]{t.ca, t.cert, t.key} {
		if each != nil {
			all.Go(func() { each.Run(ctx) })
		}
	}
	all.Wait()
}

func plain(pem []byte) (*text, error) { return &text{pem: pem}, nil }

// authorities are those of a file.
func authorities(pem []byte) (*text, error) {
	t := &text{pem: pem, pool: x509.NewCertPool()}
	if !t.pool.AppendCertsFromPEM(pem) {
		return nil, errors.New("there is no certificate in it")
	}
	return t, nil
}

func (t *Trust) files() files {
	var now files
	for _, each := range []struct {
		into **text
		file *watched.File[*text]
	}{{&now.ca, t.ca}, {&now.cert, t.cert}, {&now.key, t.key}} {
		if each.file != nil {
			*each.into = each.file.Get()
		}
	}
	return now
}

// now are the settings for the next connection. A certificate and its key do not change at the same instant: as long as they do
// not belong together, those that did are used.
func (t *Trust) now() *tls.Config {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.files()
	if now == t.seen {
		return t.made
	}
	t.seen = now
	made, err := t.settings(now)
	if err != nil {
		t.log.Warn("the files for TLS towards a service do not belong together: the last that did are used", "error", err)
		return t.made
	}
	t.log.Info("new connections to a service use new files for TLS")
	t.made = made
	return made
}

// settings are those of the files.
func (t *Trust) settings(now files) (*tls.Config, error) {
	made := &tls.Config{ServerName: t.config.ServerName, MinVersion: tls.VersionTLS12}
	if t.config.MinVersion == version13 {
		made.MinVersion = tls.VersionTLS13
	}
	if now.ca != nil {
		made.RootCAs = now.ca.pool
	}
	if now.cert != nil {
		pair, err := tls.X509KeyPair(now.cert.pem, now.key.pem)
		if err != nil {
			return nil, fmt.Errorf("read tls.cert and tls.key: %w", err)
		}
		made.Certificates = []tls.Certificate{pair}
		t.expiry(&pair)
	}
	if len(t.config.Pins) > 0 {
		wanted := make(map[pin]bool, len(t.config.Pins))
		for _, each := range t.config.Pins {
			if p, ok := parsePin(each); ok {
				wanted[p] = true
			}
		}
		made.VerifyConnection = pinned(wanted)
	}
	return made, nil
}
