package revocation

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// maxID bounds the name of a token or a subject, in bytes.
const maxID = 1024

// Config says which credentials are no longer taken, although they are good in themselves.
type Config struct {
	// File is a YAML file of further tokens and subjects, in the form of those here. It is read again when it changes.
	File string `yaml:"file"`
	// Entries are those that stand in the configuration itself.
	Entries Entries `yaml:",inline"`
}

// Entries are revoked credentials.
type Entries struct {
	// Tokens are single credentials: a token's jti, or key: and an API key's id.
	Tokens []string `yaml:"tokens"`
	// Subjects are callers of whom no credential is taken, or none of before some moment.
	Subjects []Subject `yaml:"subjects"`
}

// Subject is a caller and how much of theirs is revoked.
type Subject struct {
	// ID is who it is, as their credentials say.
	ID string `yaml:"id"`
	// Before spares credentials that were issued at that moment or later, in the form 2027-01-31T12:00:00Z. It spares none of which
	// nobody knows when it was issued, such as an API key. Without it, every credential is revoked.
	Before time.Time `yaml:"before,omitzero"`
}

// Validate reports entries that could revoke nothing. It does not read the file, which Open does.
func (c Config) Validate(fail func(path, message string)) { c.Entries.Validate(fail) }

// Validate reports entries that could revoke nothing.
func (e Entries) Validate(fail func(path, message string)) {
	for i, id := range e.Tokens {
		if !isID(id) {
			fail(fmt.Sprintf("tokens[%d]", i), "must be 1 to 1024 bytes of text that can be printed")
		}
	}
	for i, s := range e.Subjects {
		if !isID(s.ID) {
			fail(fmt.Sprintf("subjects[%d].id", i), "must be 1 to 1024 bytes of text that can be printed")
		}
	}
}

// isID refuses what is there by mistake, such as an item that YAML reads together with the line below it.
func isID(id string) bool {
	return id != "" && len(id) <= maxID && utf8.ValidString(id) && strings.TrimSpace(id) == id &&
		!strings.ContainsFunc(id, func(r rune) bool { return !unicode.IsPrint(r) })
}
