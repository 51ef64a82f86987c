package listening

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"time"

	"github.com/concierge-gateway/concierge/listening/stapling"
	"github.com/concierge-gateway/concierge/watched"
)

// files are those of one certificate. They belong to one goroutine once they are open.
type files struct {
	of        Certificate
	cert, key *watched.File[[]byte]
	ocsp      *watched.File[[]byte] // nil where none is given
	seen      [2][]byte             // what was judged last
	pair      *tls.Certificate
	warned    time.Time // when the log was last told that it ends soon
	log       *slog.Logger
}

// openFiles reads them at once.
func openFiles(c Certificate, log *slog.Logger) (*files, error) {
	f := &files{of: c, log: log}
	var err error
	if f.cert, err = watched.Open(c.Cert, whole, 0, log); err != nil {
		return nil, fmt.Errorf("open a certificate: %w", err)
	}
	if f.key, err = watched.Open(c.Key, whole, 0, log); err != nil {
		return nil, fmt.Errorf("open a certificate's key: %w", err)
	}
	if c.OCSP != "" {
		if f.ocsp, err = watched.Open(c.OCSP, whole, 0, log); err != nil {
			return nil, fmt.Errorf("open what the issuer says of a certificate: %w", err)
		}
	}
	if _, err := f.take(); err != nil {
		return nil, fmt.Errorf("read %s: it %w", c.Cert, err)
	}
	return f, nil
}

// whole leaves the reading to who has both files.
func whole(data []byte) ([]byte, error) { return data, nil }

// look takes what the files hold now. Both are not written at the same instant, so a certificate that does not go with its key
// is no reason to give up the last that did: the next look may find the other file changed, too.
func (f *files) look(ctx context.Context) result {
	f.cert.Look(ctx)
	f.key.Look(ctx)
	if f.ocsp != nil {
		f.ocsp.Look(ctx)
	}
	news, err := f.take()
	switch {
	case err != nil:
		f.log.WarnContext(ctx, "a new certificate does not go with its key: the last one stays until it does",
			"cert", f.of.Cert, "key", f.of.Key)
		return refused
	case news:
		f.log.InfoContext(ctx, "took a new certificate", "cert", f.of.Cert, "names", named(f.pair.Leaf), "ends", f.pair.Leaf.NotAfter)
		return taken
	}
	return unchanged
}

// warn tells the log of a certificate that ends soon, once a day.
func (f *files) warn(ctx context.Context, before time.Duration, now time.Time) {
	const daily = 24 * time.Hour
	left := f.pair.Leaf.NotAfter.Sub(now)
	if left > before || now.Sub(f.warned) < daily {
		return
	}
	f.warned = now
	f.log.WarnContext(ctx, "a certificate ends soon, or has ended", "cert", f.of.Cert, "names", named(f.pair.Leaf),
		"ends", f.pair.Leaf.NotAfter)
}

// staple is what its own file holds to be sent along, nil where that is nothing that counts now.
func (f *files) staple(now time.Time) []byte {
	if f.ocsp == nil {
		return nil
	}
	read, err := stapling.Read(f.ocsp.Get(), f.pair, now)
	if err != nil {
		return nil
	}
	return read.DER
}

// take makes a certificate of what both files hold, where that is another than it was.
func (f *files) take() (news bool, err error) {
	cert, key := f.cert.Get(), f.key.Get()
	if bytes.Equal(cert, f.seen[0]) && bytes.Equal(key, f.seen[1]) {
		return false, nil
	}
	f.seen = [2][]byte{cert, key}
	both, err := pair(cert, key)
	if err != nil {
		return false, err
	}
	f.pair = both
	return true, nil
}
