package routing

import (
	"errors"
	"fmt"
	"strings"
)

// kind is what a segment of a pattern takes, the most specific first.
type kind int

const (
	literal kind = iota
	param
	rest
)

// segment is a part of a pattern or template.
type segment struct {
	kind    kind
	text    string // what a literal is compared with, or the name of a parameter
	escaped string // a literal, as it stands in a path
}

// String is the segment as it is written.
func (s segment) String() string {
	switch s.kind {
	case param:
		return "{" + s.text + "}"
	case rest:
		return "{" + s.text + "...}"
	default:
		return s.escaped
	}
}

// parseSegments reads the path of a pattern or template. What a request's path may not hold, it may not either.
func parseSegments(text string) ([]segment, error) {
	var p path
	if reason := p.read(text, Policy{}); reason != "" {
		return nil, errors.New("its path " + reason)
	}
	segments := make([]segment, p.count)
	for i := range segments {
		var err error
		if segments[i], err = parseSegment(p.rawSegment(i), p.segment(i)); err != nil {
			return nil, err
		}
		if segments[i].kind == rest && i < p.count-1 {
			return nil, fmt.Errorf("%s must be the end of the path", segments[i])
		}
	}
	return segments, nil
}

func parseSegment(raw, text string) (segment, error) {
	if !strings.ContainsAny(raw, "{}") {
		return segment{kind: literal, text: text, escaped: string(appendEscaped(nil, raw))}, nil
	}
	inner, opened := strings.CutPrefix(raw, "{")
	inner, closed := strings.CutSuffix(inner, "}")
	name, isRest := strings.CutSuffix(inner, "...")
	if !opened || !closed || !isName(name) {
		return segment{}, fmt.Errorf("%q is neither a literal nor {name} or {name...}, where a name has letters, digits and _", raw)
	}
	if isRest {
		return segment{kind: rest, text: name}, nil
	}
	return segment{kind: param, text: name}, nil
}

func isName(text string) bool {
	return text != "" && !isDigit(rune(text[0])) &&
		!strings.ContainsFunc(text, func(c rune) bool { return !isLetter(c) && !isDigit(c) && c != '_' })
}

// namesIn are the names of the parameters among segments.
func namesIn(segments []segment) []string {
	var names []string
	for _, s := range segments {
		if s.kind != literal {
			names = append(names, s.text)
		}
	}
	return names
}

// join is the path that segments are written as.
func join(segments []segment) string {
	var b strings.Builder
	for _, s := range segments {
		b.WriteByte('/')
		b.WriteString(s.String())
	}
	return b.String()
}
