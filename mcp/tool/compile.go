package tool

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/page"
	"github.com/concierge-gateway/concierge/persisted/manifest"
)

// MaxTools is the most tools there are. Whoever lists them has a model read them all.
const MaxTools = 500

// Source is a trusted document that was parsed and found valid.
type Source struct {
	manifest.Document

	// Parsed is the document, in which everything knows its definition.
	Parsed *ast.QueryDocument
}

// Mistake is what is wrong with a mark, and on which line of which file.
type Mistake struct {
	File    string
	Line    int
	Message string
}

// Compile finds the tools among the operations of documents. pages bound the arguments by which lists are paged. The set is that
// of the tools without mistakes.
//
// A document that stands in several manifests is one tool, as far as all that mark it do so alike.
func Compile(schema *ast.Schema, pages page.Limits, sources []Source) (*Set, []Mistake) {
	c := &compiler{schema: schema, pages: pages, seen: make(map[same]bool), places: make(map[string]string)}
	for i := range sources {
		c.source(&sources[i])
	}
	slices.SortFunc(c.tools, func(a, b *Tool) int { return cmp.Compare(a.Name, b.Name) })
	return &Set{tools: c.tools}, c.mistakes
}

// compiler goes from document to document.
type compiler struct {
	schema   *ast.Schema
	pages    page.Limits
	tools    []*Tool
	mistakes []Mistake
	seen     map[same]bool
	places   map[string]string // where each name stands
}

// same is what is equal of a document that stands there once more.
type same struct{ text, mark string }

func (c *compiler) source(s *Source) {
	key := same{s.Text, s.Tool}
	if c.seen[key] {
		return
	}
	c.seen[key] = true
	for _, operation := range s.Parsed.Operations {
		if directive := operation.Directives.ForName(directiveName); directive != nil {
			o := &marked{compiler: c, source: s, definition: operation, at: directive.Position}
			if s.Tool != "" {
				o.failf(`it is marked twice: by @tool and by "tool" in the manifest`)
				continue
			}
			o.compile(ofDirective(directive))
		}
	}
	if s.Tool == "" {
		return
	}
	if len(s.Parsed.Operations) != 1 {
		c.fail(s, nil, `"tool" is for a document with one operation: others are marked by @tool`)
		return
	}
	if operation := s.Parsed.Operations[0]; operation.Directives.ForName(directiveName) == nil {
		o := &marked{compiler: c, source: s, definition: operation, at: operation.Position}
		o.compile(ofManifest(s.Tool))
	}
}

// fail notes a mistake. In a manifest the line is the entry's, which may be that of all of them, so that the entry is named.
func (c *compiler) fail(s *Source, at *ast.Position, message string) {
	if s.Listed() {
		message = fmt.Sprintf("operation %s (%s): %s", s.Name, s.ID, message)
	}
	c.mistakes = append(c.mistakes, Mistake{File: s.File, Line: lineOf(s, at), Message: message})
}

func lineOf(s *Source, at *ast.Position) int {
	if s.Listed() || at == nil {
		return s.Line
	}
	return at.Line
}

// add keeps a tool whose name nobody has yet.
func (c *compiler) add(s *Source, at *ast.Position, t *Tool) {
	if t.Name == AnyQuery {
		c.fail(s, at, fmt.Sprintf("the name %s is that of the tool for any query", t.Name))
		return
	}
	if place, taken := c.places[t.Name]; taken {
		c.fail(s, at, fmt.Sprintf("the name %s has the tool at %s too", t.Name, place))
		return
	}
	c.places[t.Name] = t.Place
	switch {
	case len(c.tools) < MaxTools:
		c.tools = append(c.tools, t)
	case len(c.places) == MaxTools+1: // which is said once
		c.fail(s, at, fmt.Sprintf("there are more than %d tools", MaxTools))
	}
}

// marked is an operation with a mark, on its way to a tool.
type marked struct {
	*compiler

	source     *Source
	definition *ast.OperationDefinition
	at         *ast.Position // of the mark, or of what it marks
	failed     bool
}

func (o *marked) failf(format string, args ...any) {
	o.failed = true
	o.fail(o.source, o.at, fmt.Sprintf(format, args...))
}

// compile adds the tool, or tells what is wrong with it.
func (o *marked) compile(m *mark, wrong []string) {
	for _, each := range wrong {
		o.failf("%s", each)
	}
	if m == nil || !o.isNamed(m) {
		return
	}
	o.kind(m)
	o.selection()
	t := &Tool{
		Name:        cmp.Or(m.name, o.definition.Name),
		Title:       m.title,
		Description: o.description(m),
		ReadOnly:    o.definition.Operation == ast.Query,
		Destructive: o.definition.Operation == ast.Mutation && (m.destructive == nil || *m.destructive),
		Idempotent:  o.definition.Operation == ast.Query || m.idempotent != nil && *m.idempotent,
		Scopes:      m.scopes,
		Mutation:    o.definition.Operation == ast.Mutation,
		Text:        o.source.Text,
		Operation:   o.definition.Name,
		Place:       fmt.Sprintf("%s:%d", o.source.File, lineOf(o.source, o.definition.Position)),
		schema:      o.schema,
		largest:     o.pages.Max,
	}
	if o.failed {
		return
	}
	o.inputs(t)
	o.outputs(t)
	o.add(o.source, o.at, t)
}

// isNamed reports whether there is a name, which is the tool's where the mark gives none.
func (o *marked) isNamed(m *mark) bool {
	switch name := o.definition.Name; {
	case name == "":
		o.failf("a tool's operation needs a name")
		return false
	case m.name == "" && !names.MatchString(name):
		o.failf("%s: %.80s is none, so that it needs another", errNoName, name)
	}
	return true
}

// kind compares the mark with what the operation is. That a mutation is a tool is said twice: one by mistake would be called by a
// model that only looks around.
func (o *marked) kind(m *mark) {
	switch {
	case o.definition.Operation == ast.Subscription:
		o.failf("a subscription cannot be a tool: a call has one answer")
	case o.definition.Operation == ast.Mutation && (m.mutation == nil || !*m.mutation):
		o.failf("it is a mutation, which is a tool only with mutation: true")
	case o.definition.Operation == ast.Query && (m.mutation != nil || m.destructive != nil || m.idempotent != nil):
		o.failf("mutation, destructive and idempotent are for mutations, and this is a query")
	}
}

// description is the nearest there is. A tool without one, nobody could choose.
func (o *marked) description(m *mark) string {
	if own := cmp.Or(m.description, strings.TrimSpace(o.definition.Description)); own != "" {
		return own
	}
	var roots []string
	for _, root := range o.roots() {
		if said := strings.TrimSpace(root.Field.Definition.Description); said != "" {
			roots = append(roots, said)
		}
	}
	if len(roots) == 0 {
		o.failf("nothing says what it is for: it needs a description")
	}
	return strings.Join(roots, "\n")
}
