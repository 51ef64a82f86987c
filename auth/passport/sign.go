package passport

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"fmt"

	"github.com/go-json-experiment/json"
)

// signing is a key that signs.
type signing struct {
	public    jwk
	header    string // encoded; it is the same for all tokens of a key
	signature func(input []byte) ([]byte, error)
}

// readSigning reads the key that signs.
func readSigning(file string) (signing, error) {
	private, err := readPrivate(file)
	if err != nil {
		return signing{}, err
	}
	public, err := jwkOf(private.Public())
	if err != nil {
		return signing{}, err
	}
	s := signing{public: public, header: header(public)}
	switch key := private.(type) {
	case *ecdsa.PrivateKey:
		s.signature = func(input []byte) ([]byte, error) { return es256(key, input) }
	case ed25519.PrivateKey:
		s.signature = func(input []byte) ([]byte, error) { return ed25519.Sign(key, input), nil }
	default:
		return signing{}, errOtherKind
	}
	return s, nil
}

// header is of type JWT and not at+jwt: that one is an access token of RFC 9068, which has to name an OAuth client, and which a
// service might take from an authorization server as well. What keeps passports apart from other tokens is issuer and key.
func header(key jwk) string {
	return encode(fmt.Appendf(nil, `{"alg":%q,"kid":%q,"typ":"JWT"}`, key.Alg, key.Kid))
}

// es256 writes a signature as RFC 7518, section 3.4, asks: both numbers in full length.
func es256(key *ecdsa.PrivateKey, input []byte) ([]byte, error) {
	const size = 32
	digest := sha256.Sum256(input)
	r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
	if err != nil {
		return nil, fmt.Errorf("sign by ES256: %w", err)
	}
	signature := make([]byte, 2*size)
	r.FillBytes(signature[:size])
	s.FillBytes(signature[size:])
	return signature, nil
}

// token is the compact form of signed claims (RFC 7515, section 7.1).
func (s signing) token(c claims) (string, error) {
	payload, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("encode the claims: %w", err)
	}
	input := s.header + "." + encode(payload)
	signature, err := s.signature([]byte(input))
	if err != nil {
		return "", err
	}
	return input + "." + encode(signature), nil
}
