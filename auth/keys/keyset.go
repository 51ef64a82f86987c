package keys

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"errors"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/lestrrat-go/jwx/v3/jwk"
)

// maxEntries bounds the work that a key set can make. Issuers have two to ten keys.
const maxEntries = 1000

// parseKeySet reads the keys of a set (RFC 7517, section 5) that tokens can be verified with. What it does not know, and what
// has no place in a public set, it leaves out, as section 5 asks; a set in which nothing is left is an error. Errors show nothing
// of the set.
func parseKeySet(body []byte) ([]Key, error) {
	var set struct {
		Keys []jsontext.Value `json:"keys"`
	}
	if err := json.Unmarshal(body, &set); err != nil {
		return nil, errors.New("it is no JSON with a list of keys")
	}
	if len(set.Keys) > maxEntries {
		return nil, errors.New("it holds more than 1000 keys")
	}
	var keys []Key
	for _, entry := range set.Keys {
		if key, ok := parseKey(entry); ok {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("it holds no key that a token could be verified with")
	}
	return keys, nil
}

// parseKey reads one key. One that was private stays out though its public half could be had: whoever shows it to all has lost
// it.
func parseKey(entry []byte) (Key, bool) {
	parsed, err := jwk.ParseKey(entry)
	if err != nil || !verifying(parsed) {
		return Key{}, false
	}
	var public any
	if err := jwk.Export(parsed, &public); err != nil {
		return Key{}, false
	}
	switch public.(type) {
	case *rsa.PublicKey, *ecdsa.PublicKey, ed25519.PublicKey:
	default:
		return Key{}, false
	}
	key := Key{Public: public}
	key.ID, _ = parsed.KeyID()
	if algorithm, ok := parsed.Algorithm(); ok {
		key.Algorithm = algorithm.String()
	}
	return key, key.verifies()
}

// verifying reports whether a key is for that, as far as it says (RFC 7517, sections 4.2 and 4.3).
func verifying(key jwk.Key) bool {
	if use, ok := key.KeyUsage(); ok && use != "sig" {
		return false
	}
	operations, ok := key.KeyOps()
	return !ok || slices.Contains(operations, jwk.KeyOpVerify)
}
