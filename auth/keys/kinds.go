package keys

// Kinds says what tokens the keys of a source can verify, so that a configuration can be refused in which a public key would be
// taken for a shared secret (RFC 8725, section 2.1).
type Kinds struct {
	// Symmetric is a secret: HS256, HS384 and HS512, and nothing else.
	Symmetric bool
	// Asymmetric are public keys: RS*, PS*, ES* and EdDSA, never HS*.
	Asymmetric bool
	// SecretBytes is how long the secret is. A longer hash takes a longer secret.
	SecretBytes int
}

// Kinds is what the source can verify. A valid Config has one kind.
func (c Config) Kinds() Kinds {
	return Kinds{
		Symmetric:   c.Secret != "",
		Asymmetric:  c.PEM != "" || c.remote(),
		SecretBytes: len(c.Secret),
	}
}

// Fit reports whether a key of these kinds can be good for an algorithm, as RFC 7518, section 3.1, and RFC 8037, section 3.1,
// name them.
func (k Kinds) Fit(algorithm string) bool {
	if size := hashBytes(algorithm); size > 0 {
		return k.Symmetric && k.SecretBytes >= size
	}
	return k.Asymmetric && asymmetric(algorithm)
}
