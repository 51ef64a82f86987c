package gateway

import (
	"slices"
	"sync/atomic"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/mcp/tool"
	"github.com/concierge-gateway/concierge/page"
	"github.com/concierge-gateway/concierge/persisted"
)

// toolbox has the tools among the trusted documents in force. A nil *toolbox has none, whatever documents say.
type toolbox struct {
	schema  *ast.Schema
	pages   page.Limits
	ofAny   []string // the scopes that the tool for any query needs
	current atomic.Pointer[tool.Set]
}

// newToolbox is nil where there is no door that leads to tools.
func newToolbox(c config.Config, served *ast.Schema) *toolbox {
	if !c.MCP.Enabled {
		return nil
	}
	pages := c.GraphQL.Pages
	return &toolbox{
		schema: served, pages: page.Limits{Default: pages.Default, Max: pages.Max},
		ofAny: c.MCP.FreeQuery.Scopes,
	}
}

// get are the tools in force.
func (b *toolbox) get() *tool.Set { return b.current.Load() }

// scopes are those that can be of use to callers of the tools in force. Some may be there twice.
func (b *toolbox) scopes() []string {
	scopes := slices.Clone(b.ofAny)
	for _, each := range b.get().All() {
		scopes = append(scopes, each.Scopes...)
	}
	return scopes
}

// make makes tools of documents, which are valid: those are parsed by their texts.
func (b *toolbox) make(set *persisted.Set, parsed map[string]*ast.QueryDocument) (*tool.Set, config.Mistakes) {
	if b == nil {
		return nil, nil
	}
	var sources []tool.Source
	for _, each := range set.Documents() {
		if doc, valid := parsed[each.Text]; valid {
			sources = append(sources, tool.Source{Document: each, Parsed: doc})
		}
	}
	tools, wrong := tool.Compile(b.schema, b.pages, sources)
	mistakes := mistakesOfTools(wrong)
	return tools, mistakes
}

// mistakesOfTools are what is wrong with marks, as the command shows it.
func mistakesOfTools(wrong []tool.Mistake) config.Mistakes {
	mistakes := make(config.Mistakes, len(wrong))
	for i, each := range wrong {
		mistakes[i] = config.Mistake{File: each.File, Line: each.Line, Column: 1, Message: each.Message}
	}
	return mistakes
}

// take puts tools in force.
func (b *toolbox) take(tools *tool.Set) {
	if b != nil {
		b.current.Store(tools)
	}
}
