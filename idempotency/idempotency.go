// Package idempotency answers by which key a service recognises a write that it has done already.
//
// A client that may have to repeat an operation names it by an Idempotency-Key (draft-ietf-httpapi-idempotency-key-header-07).
// One operation can make several writes, so each gets a key of its own. It is computed from what a repetition has in common with
// the first time, and with no secret, so that every instance comes to the same.
package idempotency

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"sync/atomic"
)

// Header is the field that carries a key, from clients and to services.
const Header = "Idempotency-Key"

type contextKey struct{}

// operation is what the keys of its writes have in common, and how many there are so far.
type operation struct {
	key, subject string
	writes       atomic.Uint64
}

// With returns a context for one operation whose writes have keys. key is the client's, and subject is who calls: equal keys of
// two callers have nothing to do with each other. Callers without a name share theirs.
func With(ctx context.Context, key, subject string) context.Context {
	return context.WithValue(ctx, contextKey{}, &operation{key: key, subject: subject})
}

// Next is the key of the next write of the operation that ctx belongs to, as Header carries it. It is empty where the client sent
// none, and for a method that is safe. When an operation is repeated, its writes get the same keys as long as they come in the
// same order, as those of a GraphQL mutation do: its fields run one after the other.
func Next(ctx context.Context, method, path string) string {
	if safe(method) {
		return ""
	}
	o, ok := ctx.Value(contextKey{}).(*operation)
	if !ok {
		return ""
	}
	// In quotes it is the string that the draft asks for, and no less a name to a service that takes the field as it stands.
	return `"` + derive(o.key, o.subject, o.writes.Add(1), method, path) + `"`
}

// derive is 43 letters, digits, - and _ that nothing but equal arguments leads to. Each text stands behind its length: otherwise
// the key "ab" of the caller "c" would be the key "a" of the caller "bc".
func derive(key, subject string, position uint64, method, path string) string {
	var framed []byte
	for _, text := range []string{key, subject, method, path} {
		framed = binary.BigEndian.AppendUint64(framed, uint64(len(text)))
		framed = append(framed, text...)
	}
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(framed, position))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// safe reports whether a method only reads (RFC 9110, section 9.2.1).
func safe(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return true
	default:
		return false
	}
}
