package listening

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/concierge-gateway/concierge/listening/stapling"
)

// staples are what issuers have said of the certificates from files. Its methods may be called from any goroutine.
type staples struct {
	client *http.Client
	told   *prometheus.CounterVec
	log    *slog.Logger
	mu     sync.Mutex
	by     map[[sha256.Size]byte]*stapled
}

// stapled is what is known of one certificate.
type stapled struct {
	stapling.Staple

	next    time.Time // when its issuer is asked again
	failing bool      // the log was told that it does not say anything
}

const (
	askWithin  = 10 * time.Second
	askAgain   = 10 * time.Minute // after a failure
	staplesDue = 10 * time.Second // between two looks at which are due
)

func newStaples(registerer prometheus.Registerer, log *slog.Logger) *staples {
	return &staples{
		client: &http.Client{Timeout: askWithin},
		told: promauto.With(registerer).NewCounterVec(prometheus.CounterOpts{
			Name: "concierge_tls_ocsp_total",
			Help: "What issuers were asked about certificates from files, by what came of it.",
		}, []string{"result"}),
		log: log,
		by:  make(map[[sha256.Size]byte]*stapled),
	}
}

// of is what can be sent along with a certificate now, nil where that is nothing.
func (s *staples) of(c *tls.Certificate, now time.Time) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if known := s.by[sha256.Sum256(c.Certificate[0])]; known != nil && now.Before(known.Until) {
		return known.DER
	}
	return nil
}

// run asks issuers for as long as ctx lasts, about the certificates that there are then.
func (s *staples) run(ctx context.Context, all func() []*tls.Certificate) {
	defer s.client.CloseIdleConnections()
	ticks := time.NewTicker(staplesDue)
	defer ticks.Stop()
	for {
		s.askAll(ctx, all())
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
	}
}

// askAll asks about those that are due, and forgets certificates that there are no more.
func (s *staples) askAll(ctx context.Context, all []*tls.Certificate) {
	kept := make(map[[sha256.Size]byte]*stapled)
	for _, each := range all {
		key := sha256.Sum256(each.Certificate[0])
		if !stapling.Asked(each) {
			continue
		}
		s.mu.Lock()
		known := s.by[key]
		s.mu.Unlock()
		if known == nil {
			known = new(stapled)
		}
		if !time.Now().Before(known.next) {
			known = s.ask(ctx, each, known)
		}
		kept[key] = known
	}
	s.mu.Lock()
	s.by = kept
	s.mu.Unlock()
}

// ask keeps the last good answer where there is no newer one. An answer that the certificate has been revoked ends it.
func (s *staples) ask(ctx context.Context, c *tls.Certificate, last *stapled) *stapled {
	answer, err := stapling.Ask(ctx, s.client, c)
	switch {
	case err == nil:
		s.told.WithLabelValues("good").Inc()
		if last.failing {
			s.log.InfoContext(ctx, "the issuer says of a certificate again that it is good", "name", named(c.Leaf))
		}
		return &stapled{Staple: answer, next: answer.Renew}
	case ctx.Err() != nil:
		return last
	case errors.Is(err, stapling.ErrRevoked):
		s.told.WithLabelValues("revoked").Inc()
		s.log.ErrorContext(ctx, "a certificate was revoked: clients may refuse it", "name", named(c.Leaf))
		return &stapled{next: time.Now().Add(askAgain)}
	default:
		s.told.WithLabelValues("failed").Inc()
		if !last.failing {
			s.log.WarnContext(ctx, "the issuer does not say of a certificate that it is good", "name", named(c.Leaf),
				"clients_may_refuse_it", stapling.Must(c.Leaf), "error", err)
		}
		return &stapled{Staple: last.Staple, next: time.Now().Add(askAgain), failing: true}
	}
}
