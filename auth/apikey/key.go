package apikey

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
)

// The form of a key: cgk_<id>_<secret>. The prefix lets scanners find a key that leaked, and the id says whose it is to whoever
// finds it, and what to look up.
const (
	prefix      = "cgk_"
	maxID       = 64
	secretBytes = 32
	secretLen   = 43 // in base64url (RFC 4648, section 5), without padding
)

// Generate makes a key of that id, and the SHA-256 hash of it in hex, which is what is stored. The key is to be shown once. The
// error is about the id.
func Generate(id string) (key, sha256hex string, err error) {
	if !isID(id) {
		return "", "", errors.New("the id of a key is made of 1 to 64 small letters, digits and hyphens")
	}
	secret := make([]byte, secretBytes)
	rand.Read(secret) // It never fails.
	key = prefix + id + "_" + base64.RawURLEncoding.EncodeToString(secret)
	hash := sha256.Sum256([]byte(key))
	return key, hex.EncodeToString(hash[:]), nil
}

// parse is the id of a key. What it refuses is none, whatever is stored: the sender knows as much.
func parse(text string) (id string, ok bool) {
	rest, ok := strings.CutPrefix(text, prefix)
	if !ok || len(rest) > maxID+1+secretLen {
		return "", false
	}
	id, secret, ok := strings.Cut(rest, "_")
	return id, ok && isID(id) && isSecret(secret)
}

func isID(id string) bool {
	return id != "" && len(id) <= maxID && !strings.ContainsFunc(id, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-'
	})
}

// isSecret tells whether text is 32 bytes in base64url, in the one form that they have: of the last digit, two bits say nothing
// and must be 0.
func isSecret(text string) bool {
	return len(text) == secretLen && strings.IndexByte("AEIMQUYcgkosw048", text[secretLen-1]) >= 0 &&
		!strings.ContainsFunc(text, func(r rune) bool {
			return (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_'
		})
}
