package token

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rsa"
	_ "crypto/sha256" // for SHA256.New
	_ "crypto/sha512" // for SHA384.New and SHA512.New
	"math/big"
)

// The sizes of RSA keys that are used, in bits. RFC 7518, section 3.3, asks for the least; the most bounds the work that a token
// of a stranger causes.
const (
	minRSABits = 2048
	maxRSABits = 8192
)

// scheme is an algorithm of RFC 7518, section 3.1, or RFC 8037.
type scheme struct {
	verify func(hash crypto.Hash, key any, signed string, signature []byte) bool
	hash   crypto.Hash // 0 where the algorithm has its own
}

// schemeOf is the scheme of that name, in exactly this spelling. There is none for the algorithm called none.
func schemeOf(algorithm string) (s scheme, ok bool) {
	switch algorithm {
	case "HS256":
		return scheme{byHMAC, crypto.SHA256}, true
	case "HS384":
		return scheme{byHMAC, crypto.SHA384}, true
	case "HS512":
		return scheme{byHMAC, crypto.SHA512}, true
	case "RS256":
		return scheme{byPKCS1, crypto.SHA256}, true
	case "RS384":
		return scheme{byPKCS1, crypto.SHA384}, true
	case "RS512":
		return scheme{byPKCS1, crypto.SHA512}, true
	case "PS256":
		return scheme{byPSS, crypto.SHA256}, true
	case "PS384":
		return scheme{byPSS, crypto.SHA384}, true
	case "PS512":
		return scheme{byPSS, crypto.SHA512}, true
	case "ES256":
		return scheme{byECDSA, crypto.SHA256}, true
	case "ES384":
		return scheme{byECDSA, crypto.SHA384}, true
	case "ES512":
		return scheme{byECDSA, crypto.SHA512}, true
	case "EdDSA":
		return scheme{byEd25519, 0}, true
	default:
		return scheme{}, false
	}
}

// byHMAC takes nothing but a secret for a key: a public key, which everybody has, must never verify a symmetric signature.
func byHMAC(hash crypto.Hash, key any, signed string, signature []byte) bool {
	secret, ok := key.([]byte)
	return ok && len(secret) >= hash.Size() && hmac.Equal(mac(hash, secret, signed), signature)
}

func mac(hash crypto.Hash, secret []byte, signed string) []byte {
	m := hmac.New(hash.New, secret)
	m.Write([]byte(signed))
	return m.Sum(nil)
}

func byPKCS1(hash crypto.Hash, key any, signed string, signature []byte) bool {
	public, ok := rsaKey(key)
	return ok && rsa.VerifyPKCS1v15(public, hash, digest(hash, signed), signature) == nil
}

// byPSS wants a salt as long as the hash: RFC 7518, section 3.5.
func byPSS(hash crypto.Hash, key any, signed string, signature []byte) bool {
	public, ok := rsaKey(key)
	options := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}
	return ok && rsa.VerifyPSS(public, hash, digest(hash, signed), signature, options) == nil
}

func rsaKey(key any) (public *rsa.PublicKey, ok bool) {
	public, ok = key.(*rsa.PublicKey)
	if !ok || public == nil || public.N == nil {
		return nil, false
	}
	bits := public.N.BitLen()
	return public, minRSABits <= bits && bits <= maxRSABits
}

// byECDSA reads the two numbers of RFC 7518, section 3.4, each exactly as long as the curve's order.
func byECDSA(hash crypto.Hash, key any, signed string, signature []byte) bool {
	public, ok := key.(*ecdsa.PublicKey)
	curve := curveOf(hash)
	if !ok || public == nil || public.Curve != curve {
		return false
	}
	size := (curve.Params().BitSize + 7) / 8
	if len(signature) != 2*size {
		return false
	}
	r, s := new(big.Int).SetBytes(signature[:size]), new(big.Int).SetBytes(signature[size:])
	return ecdsa.Verify(public, digest(hash, signed), r, s)
}

// curveOf is the one curve that an algorithm is for.
func curveOf(hash crypto.Hash) elliptic.Curve {
	switch hash {
	case crypto.SHA256:
		return elliptic.P256()
	case crypto.SHA384:
		return elliptic.P384()
	default:
		return elliptic.P521()
	}
}

func byEd25519(_ crypto.Hash, key any, signed string, signature []byte) bool {
	public, ok := key.(ed25519.PublicKey)
	return ok && len(public) == ed25519.PublicKeySize && ed25519.Verify(public, []byte(signed), signature)
}

func digest(hash crypto.Hash, signed string) []byte {
	h := hash.New()
	h.Write([]byte(signed))
	return h.Sum(nil)
}
