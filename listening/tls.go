package listening

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/listening/acme"
	"github.com/concierge-gateway/concierge/watched"
)

// TLS is which certificate clients are shown, and what they are asked for. It follows the files that it was opened with as long
// as Run runs. Its other methods may be called from any goroutine.
type TLS struct {
	config  Config
	files   []*files
	clients *watched.File[*x509.CertPool] // nil where no client is asked
	issued  *acme.Issued                  // nil where no authority is asked
	known   atomic.Pointer[catalogue]
	current atomic.Pointer[tls.Config]
	staples *staples // nil where no issuer is asked
	metrics *metrics
	log     *slog.Logger
}

// OpenTLS reads the files. Its settings must have passed Validate.
func OpenTLS(c Config, registerer prometheus.Registerer, log *slog.Logger) (*TLS, error) {
	t := &TLS{config: c, log: log}
	for i, each := range c.Certificates {
		f, err := openFiles(each, log)
		if err != nil {
			return nil, fmt.Errorf("server.tls.certificates[%d]: %w", i, err)
		}
		t.files = append(t.files, f)
	}
	if c.ClientCA != "" {
		clients, err := watched.Open(c.ClientCA, pool, 0, log)
		if err != nil {
			return nil, fmt.Errorf("open whose client certificates are believed (server.tls.client_ca): %w", err)
		}
		t.clients = clients
	}
	if c.ACME.Enabled() {
		issued, err := acme.New(c.ACME, registerer, log)
		if err != nil {
			return nil, fmt.Errorf("server.tls.acme: %w", err)
		}
		t.issued = issued
	}
	if c.OCSPStapling {
		t.staples = newStaples(registerer, log)
	}
	t.arrange()
	t.metrics = newMetrics(registerer, t)
	return t, nil
}

// Settings are those of a listener. They offer HTTP/2 and HTTP/1.1; cipher suites and key exchanges are Go's own choice,
// post-quantum X25519MLKEM768 first. Renegotiation is no server's in Go. Tickets are encrypted by keys of this process, which
// change each day.
func (t *TLS) Settings() *tls.Config {
	settings := t.settings()
	if t.clients != nil {
		settings.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			if t.issued != nil && acme.Challenges(hello) {
				return nil, nil // an authority shows no certificate; after the handshake it gets nothing
			}
			return t.current.Load(), nil
		}
	}
	return settings
}

func (t *TLS) settings() *tls.Config {
	settings := &tls.Config{
		GetCertificate: t.certificate,
		MinVersion:     versions()[t.config.MinVersion],
		NextProtos:     []string{"h2", "http/1.1"},
	}
	if t.issued != nil {
		settings.NextProtos = append(settings.NextProtos, acme.Protocol)
	}
	return settings
}

// certificate is the one for a client. With neither it nor an error, the handshake ends in the alert unrecognized_name.
func (t *TLS) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	if t.issued != nil {
		if proof, ok, err := t.issued.Challenge(hello); ok {
			return proof, err
		}
	}
	now, known := time.Now(), t.known.Load()
	if found := known.find(hello, now); found != nil {
		return found, nil
	}
	if t.issued != nil {
		if found := suitable(t.issued.Certificates(asked(hello)), hello, now); found != nil {
			return found, nil
		}
	}
	if t.config.UnknownNames == unknownRefuse {
		return nil, nil
	}
	if first := known.first(hello, now); first != nil || t.issued == nil {
		return first, nil
	}
	return suitable(t.issued.All(), hello, now), nil
}

// Missing are the hosts that there is no certificate for yet, because an authority is still being asked.
func (t *TLS) Missing() []string {
	if t.issued == nil {
		return nil
	}
	return t.issued.Missing()
}

// Run looks at the files each second, and gets certificates from an authority, until ctx ends.
func (t *TLS) Run(ctx context.Context, at acme.Addresses) {
	var work sync.WaitGroup
	if t.issued != nil {
		work.Go(func() { t.issued.Run(ctx, at) })
	}
	if t.staples != nil {
		work.Go(func() { t.staples.run(ctx, t.unstapled) })
	}
	t.follow(ctx)
	work.Wait()
}

func (t *TLS) follow(ctx context.Context) {
	ticks := time.NewTicker(time.Second)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
			t.look(ctx)
		}
	}
}

func (t *TLS) look(ctx context.Context) {
	news := false
	for _, each := range t.files {
		found := each.look(ctx)
		t.metrics.looked(found)
		each.warn(ctx, t.config.WarnBefore, time.Now())
		news = news || found == taken
	}
	if t.clients != nil {
		before := t.clients.Get()
		t.clients.Look(ctx)
		news = news || t.clients.Get() != before
	}
	if news || t.staplesDiffer() {
		t.arrange()
	}
}

// staple is what is sent along with a certificate: what its file holds, or else what the issuer has said.
func (t *TLS) staple(f *files) []byte {
	now := time.Now()
	if own := f.staple(now); own != nil || t.staples == nil {
		return own
	}
	return t.staples.of(f.pair, now)
}

// unstapled are the certificates that no file says anything of.
func (t *TLS) unstapled() []*tls.Certificate {
	var all []*tls.Certificate
	for i, each := range t.known.Load().all {
		if t.files[i].of.OCSP == "" {
			all = append(all, each)
		}
	}
	return all
}

// staplesDiffer tells whether other things should be sent along than are now: something new was said, or counts no more.
func (t *TLS) staplesDiffer() bool {
	for i, each := range t.known.Load().all {
		if !bytes.Equal(each.OCSPStaple, t.staple(t.files[i])) {
			return true
		}
	}
	return false
}

// arrange lets what the files hold count.
func (t *TLS) arrange() {
	all := make([]*tls.Certificate, 0, len(t.files))
	for _, each := range t.files {
		shown := *each.pair
		shown.OCSPStaple = t.staple(each)
		all = append(all, &shown)
	}
	t.known.Store(newCatalogue(all))
	if t.clients == nil {
		return
	}
	// One that is shown must be good, so that a mistake of a client is seen at once.
	asking := t.settings()
	asking.ClientCAs, asking.ClientAuth = t.clients.Get(), tls.VerifyClientCertIfGiven
	if t.config.ClientRequired {
		asking.ClientAuth = tls.RequireAndVerifyClientCert
	}
	t.current.Store(asking)
}
