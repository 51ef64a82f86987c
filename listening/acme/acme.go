// Package acme answers which certificates an authority has issued for our hosts.
//
// certmagic asks the authority, proves that the hosts are ours, stores what it gets, renews it in time, and staples what the
// issuer says of it. Nothing of that begins before Run, and it ends with Run, apart from certmagic's pacing of new orders: one
// goroutine for each authority, as long as the process lives.
package acme

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/caddyserver/certmagic"
	lowlevel "github.com/mholt/acmez/v3/acme"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
)

// Protocol is what an authority offers, and nothing else, in the handshake by which it looks who has a host (RFC 8737).
const Protocol = "acme-tls/1"

// Issued are the certificates. Its methods may be called from any goroutine; Run belongs to one.
type Issued struct {
	config  Config
	roots   *x509.CertPool          // who vouches for the authority's server, nil for the system's
	running atomic.Pointer[running] // nil before Run
	pause   time.Duration           // before what failed is tried for the second time
	metrics *metrics
	log     *slog.Logger
}

// running is what certmagic has made.
type running struct {
	cache  *certmagic.Cache
	config *certmagic.Config
	issuer *certmagic.ACMEIssuer
}

// Addresses are those that the gateway listens on: where certmagic finds somebody listening it does not listen itself.
type Addresses struct {
	// Public speaks TLS.
	Public net.Addr
	// Redirect speaks plain HTTP. It is nil where nothing does.
	Redirect net.Addr
}

// New asks nobody yet. Its settings must have passed Validate.
func New(c Config, registerer prometheus.Registerer, log *slog.Logger) (*Issued, error) {
	roots, err := c.roots()
	if err != nil {
		return nil, err
	}
	return &Issued{config: c, roots: roots, pause: again, metrics: newMetrics(registerer), log: log}, nil
}

// Run gets what is missing, and renews it in time, until ctx ends.
func (i *Issued) Run(ctx context.Context, at Addresses) {
	now := i.begin(at)
	i.running.Store(now)
	var work sync.WaitGroup
	for _, name := range i.config.Domains {
		work.Go(func() { i.obtain(ctx, now, name) })
	}
	<-ctx.Done()
	work.Wait()
	stop(now.cache)
}

// patience is how long the end of Run waits for a question to the authority that certmagic has under way and cannot break off.
const patience = 3 * time.Second

func stop(cache *certmagic.Cache) {
	stopped := make(chan struct{})
	go func() { // it ends when the question does, which has a time limit
		cache.Stop()
		close(stopped)
	}()
	select {
	case <-stopped:
	case <-time.After(patience):
	}
}

func (i *Issued) begin(at Addresses) *running {
	logger := zap.New(&core{log: i.log})
	r := new(running)
	r.cache = certmagic.NewCache(certmagic.CacheOptions{
		GetConfigForCert:   func(certmagic.Certificate) (*certmagic.Config, error) { return r.config, nil },
		RenewCheckInterval: i.config.CheckEvery,
		Logger:             logger,
	})
	r.config = certmagic.New(r.cache, certmagic.Config{
		Storage: &certmagic.FileStorage{Path: i.config.Storage},
		OnEvent: i.metrics.event,
		Logger:  logger,
	})
	r.issuer = certmagic.NewACMEIssuer(r.config, i.issuer(at))
	r.config.Issuers = []certmagic.Issuer{r.issuer}
	return r
}

// issuer is how the authority is asked.
func (i *Issued) issuer(at Addresses) certmagic.ACMEIssuer {
	host, port := split(at.Public)
	template := certmagic.ACMEIssuer{
		CA:             i.config.Directory,
		Email:          i.config.Email,
		Agreed:         i.config.AgreeToTerms,
		TrustedRoots:   i.roots,
		ListenHost:     host,
		AltTLSALPNPort: port,
		Logger:         zap.New(&core{log: i.log}),
	}
	if at.Redirect == nil {
		template.DisableHTTPChallenge = true
	} else {
		_, template.AltHTTPPort = split(at.Redirect)
	}
	if i.config.External.ID != "" {
		template.ExternalAccount = &lowlevel.EAB{KeyID: i.config.External.ID, MACKey: string(i.config.External.Key)}
	}
	return template
}

func split(a net.Addr) (host string, port int) {
	host, text, _ := net.SplitHostPort(a.String()) // a listener's own
	port, _ = strconv.Atoi(text)
	return host, port
}

// Has tells whether a host is one that is asked for. The name must be in lower case.
func (i *Issued) Has(name string) bool { return slices.Contains(i.config.Domains, name) }

// Certificates are those for a host, the newest first. There is none while the authority is being asked, or for a host that it
// is not asked about.
func (i *Issued) Certificates(name string) []*tls.Certificate {
	r := i.running.Load()
	if r == nil || !i.Has(name) {
		return nil
	}
	var all []*tls.Certificate
	for _, each := range r.cache.AllMatchingCertificates(name) {
		all = append(all, &each.Certificate)
	}
	slices.SortFunc(all, func(a, b *tls.Certificate) int { return b.Leaf.NotAfter.Compare(a.Leaf.NotAfter) })
	return all
}

// All are the certificates of all hosts.
func (i *Issued) All() []*tls.Certificate {
	all := make([]*tls.Certificate, 0, len(i.config.Domains))
	for _, name := range i.config.Domains {
		all = append(all, i.Certificates(name)...)
	}
	return all
}

// Missing are the hosts that there is no certificate for now, or none that has not ended.
func (i *Issued) Missing() []string {
	var missing []string
	now := time.Now()
	for _, name := range i.config.Domains {
		if all := i.Certificates(name); len(all) == 0 || now.After(all[0].Leaf.NotAfter) {
			missing = append(missing, name)
		}
	}
	return missing
}

// Challenges tells a handshake by which an authority looks who has a host: it offers to speak nothing else.
func Challenges(hello *tls.ClientHelloInfo) bool {
	return len(hello.SupportedProtos) == 1 && hello.SupportedProtos[0] == Protocol
}

// Challenge is the certificate that proves to the authority that a host is ours. ok is false where the handshake is somebody
// else's.
func (i *Issued) Challenge(hello *tls.ClientHelloInfo) (certificate *tls.Certificate, ok bool, err error) {
	if !Challenges(hello) {
		return nil, false, nil
	}
	r := i.running.Load()
	if r == nil || !i.Has(strings.ToLower(hello.ServerName)) {
		return nil, true, nil
	}
	certificate, err = r.config.GetCertificate(hello)
	if err != nil {
		return nil, true, fmt.Errorf("answer a challenge: %w", err)
	}
	return certificate, true, nil
}

// Answer answers a request by which the authority looks who has a host (RFC 8555, section 8.3). It tells whether it was one.
func (i *Issued) Answer(w http.ResponseWriter, req *http.Request, host string) bool {
	r := i.running.Load()
	return r != nil && i.Has(host) && r.issuer.HandleHTTPChallenge(w, req)
}
