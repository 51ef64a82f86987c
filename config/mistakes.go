package config

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Mistake is one thing that is wrong with a configuration file, and where.
type Mistake struct {
	File string
	// Line and Column count from 1, and columns are characters. They are those of the key or the list's item. What the file
	// does not have is reported where the nearest key above it stands.
	Line, Column int
	// Path is the setting, such as upstreams.user.urls[0]. It is empty where the file as a whole is wrong.
	Path string
	// Message never holds the value of an environment variable or of a secret.
	Message string
}

// String is the mistake on one line: gateway.yml:12:5: upstreams.user.urls[0]: must start with http:// or https://.
func (m Mistake) String() string {
	where := fmt.Sprintf("%s:%d:%d: ", m.File, m.Line, m.Column)
	if m.Path != "" {
		where += m.Path + ": "
	}
	return oneLine(where + m.Message)
}

// Mistakes are all that is wrong with a configuration file, in the order of its lines.
type Mistakes []Mistake

// Error is one mistake a line.
func (m Mistakes) Error() string {
	lines := make([]string, len(m))
	for i, mistake := range m {
		lines[i] = mistake.String()
	}
	return strings.Join(lines, "\n")
}

func (m Mistakes) sort() {
	slices.SortStableFunc(m, func(a, b Mistake) int {
		return cmp.Or(
			cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Path, b.Path), cmp.Compare(a.Message, b.Message),
		)
	})
}

// place is where something stands in the file.
type place struct{ line, column int }

// report gathers the mistakes of one file.
type report struct {
	file     string
	places   map[string]place // of every path that the file has
	mistakes Mistakes
}

func newReport(file string) *report {
	return &report{file: file, places: make(map[string]place)}
}

// atf reports a mistake in what stands at p.
func (r *report) atf(p place, path, format string, args ...any) {
	r.mistakes = append(r.mistakes, Mistake{
		File: r.file, Line: p.line, Column: p.column, Path: path, Message: fmt.Sprintf(format, args...),
	})
}

// failf reports a mistake where the path stands.
func (r *report) failf(path, format string, args ...any) { r.atf(r.find(path), path, format, args...) }

// find is where a path stands, or else the nearest one above it. The path of the whole file is empty.
func (r *report) find(path string) place {
	for {
		if p, ok := r.places[path]; ok {
			return p
		}
		if path == "" {
			return place{1, 1}
		}
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
	}
}

// validate adds what the parts and the checks say about settings that could be read. What they say about the others follows from
// the mistake that is reported already: a variable that is not set is not a missing secret as well.
func (r *report) validate(c Config, checks []Check) {
	unread := r.mistakes
	fail := func(path, message string) {
		if !slices.ContainsFunc(unread, func(m Mistake) bool { return covers(m.Path, path) || covers(path, m.Path) }) {
			r.failf(path, "%s", message)
		}
	}
	c.Validate(fail)
	for _, check := range checks {
		check(c, fail)
	}
}

// err is nil where nothing is wrong, and else sorted Mistakes.
func (r *report) err() error {
	if len(r.mistakes) == 0 {
		return nil
	}
	r.mistakes.sort()
	return r.mistakes
}

// covers tells whether path is parent or lies below it.
func covers(parent, path string) bool {
	rest, ok := strings.CutPrefix(path, parent)
	return ok && (parent == "" || rest == "" || rest[0] == '.' || rest[0] == '[')
}

// oneLine shows line breaks and control characters of a key as Go writes them, so that a mistake stays on one line.
func oneLine(text string) string {
	var out strings.Builder
	for _, r := range text {
		if unicode.IsPrint(r) {
			out.WriteRune(r)
			continue
		}
		quoted := strconv.QuoteRune(r)
		out.WriteString(quoted[1 : len(quoted)-1])
	}
	return out.String()
}
