package rules

import "strings"

// shape is how the argument of a directive was written.
type shape int

const (
	bare   shape = iota // there is none
	token               // as a token
	quoted              // as a quoted string, which text is the content of
	broken              // as nothing that could be read
)

// directive is one of a list such as Cache-Control's.
type directive struct {
	name  string // in lower case
	text  string
	shape shape
}

// scan tells the directives of a field's line, one after another (RFC 9111, 5.2). What cannot be read is told as broken, so
// that a directive that forbids something does so however it was written. It is not ok where a quoted string does not end,
// since nobody can tell then which directives there are.
func scan(line string, tell func(directive)) (ok bool) {
	for {
		line = strings.TrimLeft(line, ", \t")
		if line == "" {
			return true
		}
		end := strings.IndexAny(line, ",= \t\"")
		if end < 0 {
			end = len(line)
		}
		d := directive{name: strings.ToLower(line[:end])}
		var rest string
		if rest, ok = elementEnd(line[end:]); !ok {
			return false
		}
		element := line[:len(line)-len(rest)]
		d.text, d.shape = argumentOf(strings.TrimRight(element[end:], " \t"))
		tell(d)
		if d.shape == broken || !isToken(d.name) {
			tellWords(element, tell)
		}
		line = rest
	}
}

// tellWords tells each word of what is no directive as one that could not be read. Such as "private; max-age=60" is meant to
// forbid what it names.
func tellWords(element string, tell func(directive)) {
	isNone := func(c rune) bool { return c > '~' || !isTokenChar(byte(c)) } //nolint:gosec // it is ASCII by then
	for word := range strings.FieldsFuncSeq(element, isNone) {
		tell(directive{name: strings.ToLower(word), shape: broken})
	}
}

// elementEnd is what follows an element of a list. Commas in quoted strings do not end it.
func elementEnd(text string) (rest string, ok bool) {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case ',':
			return text[i:], true
		case '"':
			length := quotedLength(text[i:])
			if length == 0 {
				return "", false
			}
			i += length - 1
		}
	}
	return "", true
}

// quotedLength is how long the quoted string is that a text begins with, with its quotes, and 0 where it does not end.
func quotedLength(text string) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return 0
}

// argumentOf reads what follows a directive's name. No blanks are allowed around the equals sign.
func argumentOf(text string) (argument string, s shape) {
	switch {
	case text == "":
		return "", bare
	case text[0] != '=' || len(text) == 1:
		return "", broken
	}
	text = text[1:]
	if text[0] == '"' {
		if quotedLength(text) != len(text) {
			return "", broken
		}
		return unescaped(text[1 : len(text)-1]), quoted
	}
	if !isToken(text) {
		return "", broken
	}
	return text, token
}

// unescaped is the content of a quoted string.
func unescaped(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	plain := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) {
			i++
		}
		plain = append(plain, text[i])
	}
	return string(plain)
}

// isToken reports whether a text is a token (RFC 9110, 5.6.2).
func isToken(text string) bool {
	for i := range len(text) {
		if !isTokenChar(text[i]) {
			return false
		}
	}
	return text != ""
}

func isTokenChar(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	default:
		return c != 0 && strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0
	}
}

// elements tells the elements of a list of tokens or the like, which may be on several lines, without the blanks around them.
// Empty ones are left out. It ends where tell wants no more.
func elements(lines []string, tell func(element string) (more bool)) {
	for _, line := range lines {
		for element := range strings.SplitSeq(line, ",") {
			if element = strings.Trim(element, " \t"); element != "" && !tell(element) {
				return
			}
		}
	}
}
