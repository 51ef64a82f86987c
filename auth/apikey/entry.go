package apikey

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/concierge-gateway/concierge/auth/credential"
)

// Bounds of an entry. They are far above what anybody needs.
const (
	maxOwner  = 256
	maxScopes = 64
	maxScope  = 128
)

func (e Entry) validate(fail func(path, message string)) {
	if !isID(e.ID) {
		fail("id", "must be made of 1 to 64 small letters, digits and hyphens")
	}
	if !isName(e.Owner) {
		fail("owner", "must be 1 to 256 bytes of text that can be printed")
	}
	if len(e.Scopes) > maxScopes {
		fail("scopes", "must be 64 at most")
	}
	for i, scope := range e.Scopes {
		if !isScope(scope) {
			fail(fmt.Sprintf("scopes[%d]", i), `must be 1 to 128 visible ASCII characters other than " and \`)
		}
	}
	if credential.Name(e.Plan) != e.Plan {
		fail("plan", "must be at most 100 bytes of text that can be printed, without spaces")
	}
	if credential.Name(e.Tenant) != e.Tenant {
		fail("tenant", "must be at most 100 bytes of text that can be printed, without spaces")
	}
	e.validateHashes(fail)
}

func (e Entry) validateHashes(fail func(path, message string)) {
	if len(e.Hashes) < 1 || len(e.Hashes) > maxHashes {
		fail("hashes", "must be one, or two while one key takes another's place")
		return
	}
	for i, h := range e.Hashes {
		if sum, err := hex.DecodeString(h.SHA256); err != nil || len(sum) != sha256.Size {
			fail(fmt.Sprintf("hashes[%d].sha256", i), "must be the SHA-256 hash of the whole key: 64 hexadecimal digits")
		}
	}
	if len(e.Hashes) == maxHashes && strings.EqualFold(e.Hashes[0].SHA256, e.Hashes[1].SHA256) {
		fail("hashes[1].sha256", "is the same as the other")
	}
}

// isName keeps what would break a line of a log, or a header field, out of the names of callers.
func isName(name string) bool {
	return name != "" && len(name) <= maxOwner && utf8.ValidString(name) && strings.TrimSpace(name) == name &&
		!strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) })
}

// isScope tells whether text is a scope-token (RFC 6749, section 3.3).
func isScope(text string) bool {
	return text != "" && len(text) <= maxScope && !strings.ContainsFunc(text, func(r rune) bool {
		return r <= ' ' || r > '~' || r == '"' || r == '\\'
	})
}
