// Package apikey answers whose API key a request brings.
//
// A key carries 256 random bits, and what is stored is its plain SHA-256 hash. A slow hash, such as Argon2, protects passwords,
// which can be guessed; nobody guesses 256 bits, whatever a guess costs. It would only let strangers spend the gateway's time.
package apikey

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/concierge-gateway/concierge/auth/credential"
	"github.com/concierge-gateway/concierge/settings"
	"github.com/concierge-gateway/concierge/watched"
)

// Keys are the keys that are taken now. Check may be called by several goroutines; Run belongs to one.
type Keys struct {
	fixed index
	file  *watched.File[index] // the fixed ones among them; nil where no file is configured
}

// Open reads the keys of c and of its file, and fails where either is wrong. The options are for watching the file.
func Open(c Config, log *slog.Logger, options ...watched.Option) (*Keys, error) {
	if err := settings.Check(c); err != nil {
		return nil, fmt.Errorf("read the API keys: %w", err)
	}
	k := &Keys{fixed: index{}.with(c.Keys)}
	if c.File == "" {
		return k, nil
	}
	file, err := watched.Open(c.File, k.fixed.parse, 0, log, options...)
	if err != nil {
		return nil, fmt.Errorf("read the API keys: %w", err)
	}
	k.file = file
	return k, nil
}

// Run looks after the file until ctx ends. Without a file it has nothing to do, and returns at once.
func (k *Keys) Run(ctx context.Context) {
	if k.file != nil {
		k.file.Run(ctx)
	}
}

// Check is what the key says of its bearer: the owner, scopes, plan and tenant of its entry, and its id for a client. The error
// is credential.ErrInvalid, or credential.ErrExpired for one that is right and whose time has run out. Callers bound how long
// text can be; whatever is longer than a key is refused unread.
func (k *Keys) Check(text string) (credential.Grant, error) {
	id, ok := parse(text)
	if !ok {
		return credential.Grant{}, credential.ErrInvalid
	}
	e := k.now()[id] // An id that nobody has is judged by an entry without hashes, which takes as long.
	until, ok := e.match(sha256.Sum256([]byte(text)))
	switch {
	case !ok:
		return credential.Grant{}, credential.ErrInvalid
	case !until.IsZero() && !time.Now().Before(until):
		return credential.Grant{}, credential.ErrExpired
	}
	return credential.Grant{
		Subject: e.owner, Scopes: slices.Clone(e.scopes), Plan: e.plan, Client: e.client, Tenant: e.tenant,
		ID: "key:" + id, Until: until,
	}, nil
}

func (k *Keys) now() index {
	if k.file == nil {
		return k.fixed
	}
	return k.file.Get()
}
