package routing

import (
	"fmt"
	"slices"
)

// Template is the path at the service, such as "/users/{id}" or "/api/{path...}".
type Template struct{ segments []segment }

// ParseTemplate reads a template whose parameters are those of a pattern, each written as there: a rest ends the path. A
// parameter may stand in it more than once, or not at all.
func ParseTemplate(text string, pattern Pattern) (Template, error) {
	segments, err := parseSegments(text)
	if err != nil {
		return Template{}, err
	}
	for _, s := range segments {
		if s.kind != literal && !slices.Contains(pattern.segments, s) {
			return Template{}, fmt.Errorf("%s is not in %s", s, pattern)
		}
	}
	return Template{segments: segments}, nil
}

// String is the template as ParseTemplate reads it.
func (t Template) String() string { return join(t.segments) }

// Append appends the path, escaped, for a request that the template's pattern took. Each value stays one segment, and a rest the
// segments that it has, so that no value can add a segment, a query or a fragment. What the client encoded stays encoded, except
// for characters that never need it.
func (t Template) Append(dst []byte, p Params) []byte {
	for _, s := range t.segments {
		dst = append(dst, '/')
		if s.kind == literal {
			dst = append(dst, s.escaped...)
		} else {
			dst = appendEscaped(dst, p.raw(s.text))
		}
	}
	return dst
}
