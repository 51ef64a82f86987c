package passport

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"
)

// jwk is a public key as RFC 7517 writes it. There is no member for a private one.
type jwk struct {
	Kty string `json:"kty"`
	Crv string `json:"crv"`
	X   string `json:"x"`
	Y   string `json:"y,omitempty"`
	Kid string `json:"kid"`
	Alg string `json:"alg"`
	Use string `json:"use"`
}

// jwkOf writes a public key by RFC 7518, section 6.2, or RFC 8037, section 2.
func jwkOf(key crypto.PublicKey) (jwk, error) {
	switch key := key.(type) {
	case *ecdsa.PublicKey:
		return jwkOfPoint(key)
	case ed25519.PublicKey:
		return named(jwk{Kty: "OKP", Crv: "Ed25519", X: encode(key), Alg: "EdDSA", Use: "sig"}), nil
	default:
		return jwk{}, errOtherKind
	}
}

func jwkOfPoint(key *ecdsa.PublicKey) (jwk, error) {
	if key.Curve != elliptic.P256() {
		return jwk{}, errOtherKind
	}
	point, err := key.Bytes() // 4, then both coordinates in full length
	if err != nil {
		return jwk{}, errBroken
	}
	x, y := point[1:1+len(point)/2], point[1+len(point)/2:]
	return named(jwk{Kty: "EC", Crv: "P-256", X: encode(x), Y: encode(y), Alg: "ES256", Use: "sig"}), nil
}

// named gives a key its thumbprint (RFC 7638) as a name, so that every gateway with the same key gives it the same one.
func named(key jwk) jwk {
	members := fmt.Sprintf(`{"crv":%q,"kty":%q,"x":%q`, key.Crv, key.Kty, key.X)
	if key.Y != "" {
		members += fmt.Sprintf(`,"y":%q`, key.Y)
	}
	sum := sha256.Sum256([]byte(members + "}"))
	key.Kid = encode(sum[:])
	return key
}

// publicSet is what is published: the key that signs, and the public halves of the others.
func publicSet(current jwk, retired []string) ([]byte, error) {
	all := []jwk{current}
	for i, file := range retired {
		key, err := readPublic(file)
		if err != nil {
			return nil, fmt.Errorf("publish keys: retired[%d] %w", i, err)
		}
		all = append(all, key)
	}
	return keySet(all)
}

// keySet publishes keys, each of them once.
func keySet(keys []jwk) ([]byte, error) {
	set := struct {
		Keys []jwk `json:"keys"`
	}{make([]jwk, 0, len(keys))}
	for _, key := range keys {
		if !slices.Contains(set.Keys, key) {
			set.Keys = append(set.Keys, key)
		}
	}
	text, err := json.Marshal(set)
	if err != nil {
		return nil, fmt.Errorf("encode the key set: %w", err)
	}
	return text, nil
}

// encode is base64url without padding, which all of JOSE writes (RFC 7515, section 2).
func encode(bytes []byte) string { return base64.RawURLEncoding.EncodeToString(bytes) }
