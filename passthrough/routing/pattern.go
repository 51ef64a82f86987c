package routing

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Pattern says which methods and paths a rule takes: "GET /users/{id}", "GET,HEAD /files/{path...}", or "/anything/{x}" for
// every method. {id} is one segment, never an empty one; {path...} is one segment or more, of which the last may be empty, and
// ends the pattern. Everything else of the path is literal, plain or percent-encoded.
type Pattern struct {
	methods  []string
	path     string
	segments []segment
}

// ParsePattern reads a pattern.
func ParsePattern(text string) (Pattern, error) {
	slash := strings.IndexByte(text, '/')
	if slash < 0 {
		return Pattern{}, errors.New("its path must begin with /")
	}
	before, path := text[:slash], text[slash:]
	methods, err := parseMethods(before)
	if err != nil {
		return Pattern{}, err
	}
	segments, err := parseSegments(path)
	if err != nil {
		return Pattern{}, err
	}
	names := namesIn(segments)
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return Pattern{}, fmt.Errorf("{%s} stands in it twice", name)
		}
	}
	return Pattern{methods: methods, path: path, segments: segments}, nil
}

// Methods are the methods that it names, in alphabetical order. nil is every method.
func (p Pattern) Methods() []string { return slices.Clone(p.methods) }

// Path is its path, as written.
func (p Pattern) Path() string { return p.path }

// Params are the names of its parameters, in the order of the path.
func (p Pattern) Params() []string { return namesIn(p.segments) }

// String is the pattern as ParsePattern reads it.
func (p Pattern) String() string {
	if p.methods == nil {
		return p.path
	}
	return strings.Join(p.methods, ",") + " " + p.path
}

// parseMethods reads what stands before a pattern's path.
func parseMethods(text string) ([]string, error) {
	list := strings.TrimSpace(text)
	switch {
	case text == "":
		return nil, nil
	case list == "" || text[len(text)-1] != ' ':
		return nil, errors.New("it must be a path, or methods, a space and a path")
	}
	var methods []string
	for method := range strings.SplitSeq(list, ",") {
		method = strings.TrimSpace(method)
		if method == "" || strings.ContainsFunc(method, notInMethod) {
			return nil, fmt.Errorf("%q is not a method: methods are in capitals, with commas between them", method)
		}
		if slices.Contains(methods, method) {
			return nil, fmt.Errorf("%s stands in it twice", method)
		}
		methods = append(methods, method)
	}
	slices.Sort(methods)
	return methods, nil
}

// notInMethod keeps to capitals and hyphens, as every registered method does. Methods are told apart by case (RFC 9110, section
// 9.1), so that get would never be met.
func notInMethod(c rune) bool { return (c < 'A' || c > 'Z') && c != '-' }
