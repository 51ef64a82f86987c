package composed

import (
	"errors"
	"regexp"
	"strings"
)

// parameters are the names in the braces of a path. Everything else about it is for the table of routes to judge.
func parameters(path string) ([]string, error) {
	var names []string
	for path != "" {
		before, rest, open := strings.Cut(path, "{")
		if strings.Contains(before, "}") {
			return nil, errUnpaired
		}
		if !open {
			break
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed || strings.Contains(name, "{") {
			return nil, errUnpaired
		}
		names = append(names, strings.TrimSuffix(name, "..."))
		path = after
	}
	return names, nil
}

var errUnpaired = errors.New("its braces are not in pairs")

// blank is a path without the names of its parameters, by which it is the same as others.
func blank(path string) string { return named.ReplaceAllString(path, "{}") }

var named = regexp.MustCompile(`\{[^{}]*\}`)
