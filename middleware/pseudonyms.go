package middleware

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"sync"

	"github.com/concierge-gateway/concierge/secret"
)

// pseudonymBytes is how much of the hash is written: no two of a million callers are likely to share it.
const pseudonymBytes = 8

// Pseudonyms name callers in the log without telling who they are: HMAC-SHA-256 by a key. Who has the log and not the key can
// tell that two lines are of the same caller, and cannot find out whose by trying all ids. They are safe for concurrent use.
type Pseudonyms struct{ hashes sync.Pool }

// NewPseudonyms takes the key of a deployment, by which all of its instances have the same name for the same caller. Without
// one it makes one up, and the names are this process's own.
func NewPseudonyms(key secret.Text) *Pseudonyms {
	text := []byte(key)
	if len(text) == 0 {
		text = make([]byte, sha256.Size)
		_, _ = rand.Read(text) // it never fails
	}
	return &Pseudonyms{hashes: sync.Pool{New: func() any { return hmac.New(sha256.New, text) }}}
}

// Of is the name for a caller, 16 hex digits.
func (p *Pseudonyms) Of(caller string) string {
	h, _ := p.hashes.Get().(hash.Hash)
	defer p.hashes.Put(h)
	h.Reset()
	_, _ = h.Write([]byte(caller)) // it never fails
	var sum [sha256.Size]byte
	return hex.EncodeToString(h.Sum(sum[:0])[:pseudonymBytes])
}
