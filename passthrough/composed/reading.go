package composed

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/variables"
)

// reading is an operation on its way from its file.
type reading struct {
	*loader

	file       string
	doc        *ast.QueryDocument
	definition *ast.OperationDefinition
	valid      bool // the whole file fits the schema, so that everything knows its definition
}

func (r *reading) failf(at *ast.Position, format string, args ...any) {
	line := r.definition.Position.Line
	if at != nil {
		line = at.Line
	}
	r.mistakes = append(r.mistakes, Mistake{
		File: r.file, Line: line, Operation: r.definition.Name, Message: fmt.Sprintf(format, args...),
	})
}

// read makes an operation, or nothing where it does not say what it is.
func (r *reading) read() *Operation {
	definition := r.definition
	endpoint := definition.Directives.ForName(directiveName)
	if definition.Name == "" {
		r.failf(nil, "an operation here needs a name")
	}
	if endpoint == nil {
		r.failf(nil, `it is no endpoint: add @endpoint(path: "/...")`)
	}
	if definition.Name == "" || endpoint == nil {
		return nil
	}
	o := &Operation{
		Name:        definition.Name,
		Description: strings.TrimSpace(definition.Description),
		Mutation:    definition.Operation == ast.Mutation,
		Place:       fmt.Sprintf("%s:%d", r.file, definition.Position.Line),
		schema:      r.schema,
		definition:  definition,
	}
	o.Method = r.method(endpoint)
	o.Path = r.path(endpoint)
	o.Scopes = r.scopes(endpoint)
	if r.valid {
		o.variables = r.variables(o, endpoint)
		o.Example = r.example(o, endpoint)
		r.selection(o)
		o.Text = r.text()
	}
	return o
}

// method is how it is called. What reads is safe, and what changes something is not (RFC 9110, section 9.2.1).
func (r *reading) method(endpoint *ast.Directive) string {
	method, fitting := http.MethodGet, []string{http.MethodGet, http.MethodPost}
	if r.definition.Operation == ast.Mutation {
		method = http.MethodPost
		fitting = []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}
	}
	given := argument(endpoint, "method")
	if given == nil {
		return method
	}
	for _, each := range fitting {
		if given.Raw == each {
			return each
		}
	}
	if !r.valid {
		return given.Raw // it may be no method at all, which validation says
	}
	r.failf(given.Position, "a %s is called by %s, not by %s", r.definition.Operation, strings.Join(fitting, ", "), given.Raw)
	return given.Raw
}

func (r *reading) path(endpoint *ast.Directive) string {
	given := argument(endpoint, "path")
	if given == nil {
		return "" // which validation says
	}
	if !variables.Constant(given) || !strings.HasPrefix(given.Raw, "/") {
		r.failf(given.Position, `a path begins with /, such as "/v2/orders/{id}"`)
	}
	return given.Raw
}

// scopes are those that are granted by RFC 6749, section 3.3: visible characters, without the quote and the backslash.
func (r *reading) scopes(endpoint *ast.Directive) []string {
	given := argument(endpoint, "scopes")
	if given == nil {
		return nil
	}
	values := []*ast.Value{given} // which stands for a list of it, if it is none (GraphQL, section 3.11)
	if given.Kind == ast.ListValue {
		values = values[:0]
		for _, each := range given.Children {
			values = append(values, each.Value)
		}
	}
	var scopes []string
	for _, each := range values {
		scope := each.Raw
		if !variables.Constant(each) || scope == "" || strings.ContainsFunc(scope, notInScope) {
			r.failf(each.Position, "a scope is a word without blanks, such as orders:read")
			continue
		}
		scopes = append(scopes, scope)
	}
	return scopes
}

func notInScope(c rune) bool { return c <= ' ' || c > '~' || c == '"' || c == '\\' }
