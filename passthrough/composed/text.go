package composed

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"

	"github.com/concierge-gateway/concierge/document"
	"github.com/concierge-gateway/concierge/jsonschema"
)

// text is what runs. It is read once more as the executor will, which knows nothing of @endpoint.
func (r *reading) text() string {
	var text strings.Builder
	formatter.NewFormatter(&text, formatter.WithCompacted(), formatter.WithoutDescription()).FormatQueryDocument(r.document())
	source := &ast.Source{Name: r.file, Input: text.String()}
	if size := len(source.Input); int64(size) > int64(r.limits.Bytes) {
		r.failf(nil, "it has %d bytes where %s are allowed", size, r.limits.Bytes)
	}
	doc, err := parser.ParseQueryWithTokenLimit(source, r.limits.Tokens)
	if err != nil {
		r.failf(nil, "it has more than the %d tokens that are allowed", r.limits.Tokens) // all else was read before
		return ""
	}
	if err := r.limits.Check(doc); err != nil {
		r.failf(nil, "%v", err)
		return ""
	}
	for _, wrong := range validator.ValidateWithRules(r.schema, doc, document.Rules()) {
		r.failf(nil, "%s", wrong.Message)
	}
	return source.Input
}

// document is the operation without @endpoint, and its fragments.
func (r *reading) document() *ast.QueryDocument {
	operation := *r.definition
	operation.Directives = nil
	for _, each := range r.definition.Directives {
		if each.Name != directiveName {
			operation.Directives = append(operation.Directives, each)
		}
	}
	used := jsonschema.Fragments(operation.SelectionSet)
	doc := &ast.QueryDocument{Operations: ast.OperationList{&operation}}
	for _, fragment := range r.doc.Fragments {
		if slices.Contains(used, fragment.Name) {
			doc.Fragments = append(doc.Fragments, fragment)
		}
	}
	return doc
}
