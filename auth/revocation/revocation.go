// Package revocation answers which credentials are no longer taken.
package revocation

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/concierge-gateway/concierge/auth/credential"
	"github.com/concierge-gateway/concierge/settings"
	"github.com/concierge-gateway/concierge/watched"
)

// maxFile leaves room for 100,000 entries.
const maxFile = 8 << 20

// List is what is revoked now. Revoked may be called by several goroutines; Run belongs to one.
type List struct {
	fixed index
	file  *watched.File[index] // the fixed ones among them; nil where no file is configured
}

// Open reads what c and its file revoke, and fails where either is wrong. The options are for watching the file, which may have
// 8 MiB.
func Open(c Config, log *slog.Logger, options ...watched.Option) (*List, error) {
	if err := settings.Check(c); err != nil {
		return nil, fmt.Errorf("read the revocations: %w", err)
	}
	l := &List{fixed: indexOf(c.Entries)}
	if c.File == "" {
		return l, nil
	}
	options = append([]watched.Option{watched.MaxBytes(maxFile)}, options...)
	file, err := watched.Open(c.File, parser(c.Entries), 0, log, options...)
	if err != nil {
		return nil, fmt.Errorf("read the revocations: %w", err)
	}
	l.file = file
	return l, nil
}

// parser reads the file's entries beside those that are there already.
func parser(fixed Entries) func(data []byte) (index, error) {
	return func(data []byte) (index, error) {
		filed, err := watched.YAML[Entries](data)
		if err != nil {
			return index{}, err
		}
		return indexOf(fixed, filed), nil
	}
}

// Run looks after the file until ctx ends. Without a file it has nothing to do, and returns at once.
func (l *List) Run(ctx context.Context) {
	if l.file != nil {
		l.file.Run(ctx)
	}
}

// Revoked tells whether a credential that was found good is no longer taken. It is meant to be asked at each request, also where
// the credential itself is remembered: it takes two lookups, no lock and no memory.
func (l *List) Revoked(g credential.Grant) bool {
	if l.file == nil {
		return l.fixed.has(g)
	}
	return l.file.Get().has(g)
}
