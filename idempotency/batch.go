package idempotency

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
)

// Nth is the key of an operation that came with others under one key: its own, made of that key and of its place. Otherwise the
// first writes of two operations would have one key, and a service would take the second for a repetition of the first.
func Nth(key string, place int) string {
	framed := binary.BigEndian.AppendUint64([]byte("batch\x00"), uint64(place)) //nolint:gosec // it is no less than 0
	sum := sha256.Sum256(append(framed, key...))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
