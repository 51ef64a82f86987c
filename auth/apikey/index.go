package apikey

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"maps"
	"time"

	"github.com/concierge-gateway/concierge/watched"
)

// maxHashes lets a new key be in use before the old one is no more.
const maxHashes = 2

// entry is what is known of a key. There is always room for as many hashes as there can be, so that a comparison takes as long
// for one as for two, and for none.
type entry struct {
	owner  string
	scopes []string
	plan   string
	tenant string
	client string // the key's id; that of a request is a piece of the key, which would live as long
	hashes [maxHashes]hash
}

type hash struct {
	given int // 1, or 0 where there is none
	sum   [sha256.Size]byte
	until time.Time // zero: never
}

// match finds the hash that a key has, and tells when the key ends. It compares with each, so that the time it takes tells
// nothing of what is stored.
func (e entry) match(sum [sha256.Size]byte) (until time.Time, ok bool) {
	found := -1
	for i, h := range e.hashes {
		same := subtle.ConstantTimeCompare(h.sum[:], sum[:]) & h.given
		found = subtle.ConstantTimeSelect(same, i, found)
	}
	if found < 0 {
		return time.Time{}, false
	}
	return e.hashes[found].until, true
}

// index finds entries by the id of their key. It is never changed.
type index map[string]entry

// with are the entries of an index and more. They must have been validated.
func (x index) with(entries []Entry) index {
	all := make(index, len(x)+len(entries))
	maps.Copy(all, x)
	for _, e := range entries {
		all[e.ID] = e.entry()
	}
	return all
}

func (e Entry) entry() entry {
	out := entry{owner: e.Owner, scopes: e.Scopes, plan: e.Plan, tenant: e.Tenant, client: e.ID}
	for i, h := range e.Hashes {
		out.hashes[i] = hash{given: 1, until: nearer(e.Expires, h.Expires)}
		_, _ = hex.Decode(out.hashes[i].sum[:], []byte(h.SHA256))
	}
	return out
}

// nearer is the earlier of two moments, of which zero is never.
func nearer(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// parse reads the file's keys beside those that are there already, whose ids it must not use.
func (x index) parse(data []byte) (index, error) {
	f, err := watched.YAML[file](data)
	if err != nil {
		return nil, err
	}
	for i, e := range f.Keys {
		if _, taken := x[e.ID]; taken {
			return nil, fmt.Errorf("keys[%d].id: is that of a key in the configuration", i)
		}
	}
	return x.with(f.Keys), nil
}
