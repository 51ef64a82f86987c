package manifest

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// nameTokens bounds what is read of a document to find its operation's name. Whether a document is too large others say.
const nameTokens = 100_000

// nameOf is the name of a document's operation, where it has one operation alone. What does not parse has none.
func nameOf(text string) string {
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: text}, nameTokens)
	if err != nil || len(doc.Operations) != 1 {
		return ""
	}
	return doc.Operations[0].Name
}

func checkText(text string) error {
	switch {
	case strings.TrimSpace(text) == "":
		return errors.New("the document is empty")
	case !utf8.ValidString(text):
		return errors.New("the document is not UTF-8 text")
	default:
		return nil
	}
}

// checkID lets ids be what goes through a URL and a log as it is: printable ASCII without spaces and quotes.
func checkID(id string) error {
	odd := func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' }
	switch {
	case id == "":
		return errors.New("an operation has no id")
	case len(id) > MaxID:
		return fmt.Errorf("an id is longer than %d bytes", MaxID)
	case strings.ContainsFunc(id, odd):
		return errors.New("an id must be printable ASCII, without spaces, quotes and backslashes")
	default:
		return nil
	}
}

// checkHash keeps an id from promising another text: who names a document by a SHA-256 may rely on it.
func checkHash(id, text string) error {
	if sum, ok := strings.CutPrefix(id, "sha256:"); ok && sum != Hash(text) {
		return errors.New("the id is not the SHA-256 of the document")
	}
	return nil
}
