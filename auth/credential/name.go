package credential

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName keeps the names of plans, clients and tenants short enough for a counter's key. In bytes.
const maxName = 100

// Name is text where that can be the name of a plan, client or tenant, and empty otherwise: 1 to 100 bytes of characters that can
// be seen. Spaces and control characters are none of these. Such a name becomes a part of counters' keys and of metrics, and
// issuers write what they like.
func Name(text string) string {
	if len(text) > maxName || !utf8.ValidString(text) || strings.ContainsFunc(text, unseen) {
		return ""
	}
	return text
}

func unseen(char rune) bool { return char == ' ' || !unicode.IsPrint(char) } // of all spaces, IsPrint takes this one
