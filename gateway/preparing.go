package gateway

import (
	"context"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/document"
	"github.com/concierge-gateway/concierge/persisted"
	"github.com/concierge-gateway/concierge/persisted/manifest"
)

// prepare parses and validates documents, remembers them in place of those that were prepared before, and makes of each what
// its first request would. The error is config.Mistakes, and then nothing has changed. Those that are remembered already cost
// nothing. limits are the widest that any caller has.
func (e *execution) prepare(set *persisted.Set, limits document.Limits) error {
	documents, news := make(map[string]*ast.QueryDocument), make(map[string]*ast.QueryDocument)
	var mistakes config.Mistakes
	for _, each := range set.Texts() {
		doc, known := e.documents.Pinned(each.Text)
		if !known {
			var refused gqlerror.List
			if doc, refused = e.readWithin(limits, each.File, each.Text); len(refused) > 0 {
				mistakes = append(mistakes, mistakesOf(*each, refused)...)
				continue
			}
			news[each.Text] = doc
		}
		documents[each.Text] = doc
	}
	tools, wrong := e.toolbox.make(set, documents)
	if mistakes = append(mistakes, wrong...); len(mistakes) > 0 {
		return mistakes
	}
	e.documents.Pin(documents)
	e.toolbox.take(tools)
	for text, doc := range news {
		e.compile(text, doc)
	}
	return nil
}

// compile makes what lies beside a document, for each of its operations and each choice of the variables of @skip and @include.
func (e *execution) compile(text string, doc *ast.QueryDocument) {
	for _, definition := range doc.Operations {
		for _, variables := range choicesOf(document.Switches(doc, definition)) {
			operation := &graphql.OperationContext{
				RawQuery: text, Doc: doc, Operation: definition, OperationName: definition.Name, Variables: variables,
			}
			by := e.beside(operation, nil)
			e.demands.estimate(operation, by)
			if definition.Operation == ast.Query {
				_, _ = e.plan(context.Background(), operation) // one that has no plan is known to have none
				by.policies.Of(operation, e.reads(operation, by))
			}
		}
	}
}

// choicesOf are all values of some variables, or the first where there are more than are kept.
func choicesOf(variables []string) []map[string]any {
	count := min(1<<min(len(variables), 30), document.MaxChoices)
	all := make([]map[string]any, count)
	for i := range all {
		all[i] = make(map[string]any, len(variables))
		for bit, name := range variables {
			all[i][name] = i&(1<<bit) != 0
		}
	}
	return all
}

// mistakesOf are what is wrong with a document of a manifest. In a file of its own they have their places. In a manifest they
// are told by the operation, and where in its text they stand.
func mistakesOf(d manifest.Document, refused gqlerror.List) config.Mistakes {
	mistakes := mistakesIn(d.File, refused)
	if !d.Listed() {
		return mistakes
	}
	for i := range mistakes {
		m := &mistakes[i]
		m.Message = fmt.Sprintf("operation %s (line %d, column %d of it): %s", named(d), m.Line, m.Column, m.Message)
		m.Line, m.Column = d.Line, 1
	}
	return mistakes
}

// named is a document as people know it.
func named(d manifest.Document) string {
	if d.Name == "" {
		return d.ID
	}
	return d.Name + " (" + d.ID + ")"
}

// mistakeOf is a mistake of a manifest as the command shows it.
func mistakeOf(m *manifest.Mistake) config.Mistakes {
	return config.Mistakes{{File: m.File, Line: m.Line, Column: 1, Message: m.Message}}
}
