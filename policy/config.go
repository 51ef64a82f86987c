package policy

import "github.com/concierge-gateway/concierge/secret"

// Config is what the policy needs beside the schema.
type Config struct {
	// PseudonymKey makes the texts that stand for values (@sensitive(as: PSEUDONYM)). At least 32 bytes. The same key makes the same
	// texts, on every instance.
	PseudonymKey secret.Text `yaml:"pseudonym_key"`
}

// minKeyBytes is the size of the hash: RFC 2104, section 3, advises against shorter keys.
const minKeyBytes = 32

// Validate reports a key that could be guessed.
func (c Config) Validate(fail func(path, message string)) {
	if c.PseudonymKey != "" && len(c.PseudonymKey) < minKeyBytes {
		fail("pseudonym_key", "is shorter than 32 bytes")
	}
}
