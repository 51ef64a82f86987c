// Package route answers what a call to a service asks for: which of a list of settings it goes by, and of which kind it is.
package route

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// Table finds the value of the most specific pattern that a call matches. Patterns are those of http.ServeMux, such as
// "POST /orders" or "GET /users/{id}". The zero Table has no values.
type Table[T any] struct {
	mux    *http.ServeMux
	values map[string]T
}

// Add gives calls of a pattern a value. It refuses a pattern that cannot be read, or that matches some of the calls of another
// one and is not more specific than it.
func (t *Table[T]) Add(pattern string, value T) (err error) {
	if t.mux == nil {
		t.mux, t.values = http.NewServeMux(), make(map[string]T)
	}
	if path := pattern[strings.IndexByte(pattern, ' ')+1:]; !strings.HasPrefix(path, "/") {
		return errors.New("its path must begin with /")
	}
	defer func() {
		if reason := recover(); reason != nil {
			err = errors.New(explain(fmt.Sprint(reason)))
		}
	}()
	t.mux.Handle(pattern, http.NotFoundHandler())
	t.values[pattern] = value
	return nil
}

// explain leaves out where in the program a pattern was registered.
func explain(reason string) string {
	if strings.Contains(reason, "conflicts with") {
		return "it matches calls of another entry, and neither is more specific"
	}
	_, after, found := strings.Cut(reason, ": ")
	if !found {
		return reason
	}
	return after
}

// Find is the value for a call.
func (t *Table[T]) Find(req *http.Request) (value T, ok bool) {
	if t.mux == nil {
		return value, false
	}
	_, pattern := t.mux.Handler(req)
	value, ok = t.values[pattern]
	return value, ok
}
