package keys

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"slices"
)

// RFC 7518, section 3.3, asks for at least 2048 bits. The upper bound is that of Go's TLS: what verifying takes grows with the
// square of the size.
const (
	minRSABits = 2048
	maxRSABits = 8192
)

// Key is one key that an issuer signs with.
type Key struct {
	// ID is the name that tokens call it by, their kid. It is empty where the source gives none.
	ID string
	// Algorithm is the only one that it is for. It is empty where the source does not say.
	Algorithm string
	// Public is an *rsa.PublicKey, an *ecdsa.PublicKey, an ed25519.PublicKey, or the []byte of a shared secret. It must not be
	// changed.
	Public any
}

// fits reports whether tokens signed by an algorithm may be verified with the key.
func (k Key) fits(algorithm string) bool {
	if k.Algorithm != "" && k.Algorithm != algorithm {
		return false
	}
	switch public := k.Public.(type) {
	case *rsa.PublicKey:
		return slices.Contains(rsaAlgorithms(), algorithm) && soundRSA(public)
	case *ecdsa.PublicKey:
		return algorithm != "" && algorithm == curveAlgorithm(public.Curve)
	case ed25519.PublicKey:
		return algorithm == "EdDSA" && len(public) == ed25519.PublicKeySize
	case []byte:
		size := hashBytes(algorithm)
		return size > 0 && len(public) >= size
	default:
		return false
	}
}

// verifies reports whether it fits any algorithm of public keys.
func (k Key) verifies() bool {
	return slices.ContainsFunc(asymmetricAlgorithms(), k.fits)
}

func soundRSA(key *rsa.PublicKey) bool {
	bits := key.N.BitLen()
	return bits >= minRSABits && bits <= maxRSABits && key.E >= 3 && key.E%2 == 1
}

// curveAlgorithm is the only one for keys on a curve (RFC 7518, section 3.4).
func curveAlgorithm(curve elliptic.Curve) string {
	switch curve {
	case elliptic.P256():
		return "ES256"
	case elliptic.P384():
		return "ES384"
	case elliptic.P521():
		return "ES512"
	default:
		return ""
	}
}

// hashBytes is the size of an HMAC's hash, which its key must have at least (RFC 7518, section 3.2), and 0 for other algorithms.
func hashBytes(algorithm string) int {
	switch algorithm {
	case "HS256":
		return 32
	case "HS384":
		return 48
	case "HS512":
		return 64
	default:
		return 0
	}
}

func rsaAlgorithms() []string { return []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"} }

func asymmetricAlgorithms() []string {
	return append(rsaAlgorithms(), "ES256", "ES384", "ES512", "EdDSA")
}

func asymmetric(algorithm string) bool { return slices.Contains(asymmetricAlgorithms(), algorithm) }
