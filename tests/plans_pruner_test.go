package tests

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// pruner makes one change of a document: the one before which there are so many others.
type pruner struct {
	doc   *ast.QueryDocument
	left  int
	given map[string]json.RawMessage // the variables' values
}

// now reports whether it is a change's turn.
func (p *pruner) now() bool {
	p.left--
	return p.left == -1
}

func (p *pruner) document() {
	for i := range p.doc.Operations {
		if len(p.doc.Operations) > 1 && p.now() {
			p.doc.Operations = slices.Delete(p.doc.Operations, i, i+1)
			return
		}
	}
	for _, each := range p.doc.Operations {
		p.selections(&each.SelectionSet)
		p.variables(each)
	}
	for _, each := range p.doc.Fragments {
		p.selections(&each.SelectionSet)
	}
}

func (p *pruner) selections(set *ast.SelectionSet) {
	for i := 0; i < len(*set) && p.left >= 0; i++ {
		if len(*set) > 1 && p.now() {
			*set = slices.Delete(*set, i, i+1)
			return
		}
		if within := p.within((*set)[i]); within != nil && p.now() {
			*set = slices.Replace(*set, i, i+1, within...)
			return
		}
	}
	for _, each := range *set {
		if p.left < 0 {
			return
		}
		p.selection(each)
	}
}

// within is what stands in a fragment.
func (p *pruner) within(selection ast.Selection) ast.SelectionSet {
	switch s := selection.(type) {
	case *ast.InlineFragment:
		return s.SelectionSet
	case *ast.FragmentSpread:
		if f := p.doc.Fragments.ForName(s.Name); f != nil {
			return f.SelectionSet
		}
	}
	return nil
}

func (p *pruner) selection(selection ast.Selection) {
	switch s := selection.(type) {
	case *ast.Field:
		if s.Alias != s.Name && p.now() {
			s.Alias = s.Name
			return
		}
		p.arguments(s)
		p.directives(&s.Directives)
		p.selections(&s.SelectionSet)
	case *ast.InlineFragment:
		p.directives(&s.Directives)
		p.selections(&s.SelectionSet)
	case *ast.FragmentSpread:
		p.directives(&s.Directives)
	}
}

func (p *pruner) arguments(field *ast.Field) {
	for i, each := range field.Arguments {
		switch {
		case each.Name == "first" && each.Value.Raw != "1" && p.now(): // and not without it: that would be many
			each.Value = &ast.Value{Kind: ast.IntValue, Raw: "1"}
			return
		case each.Name != "first" && p.now():
			field.Arguments = slices.Delete(field.Arguments, i, i+1)
			return
		}
	}
}

func (p *pruner) directives(all *ast.DirectiveList) {
	for i := range *all {
		if p.now() {
			*all = slices.Delete(*all, i, i+1)
			return
		}
	}
}

// variables says values where they are used.
func (p *pruner) variables(operation *ast.OperationDefinition) {
	for _, each := range operation.VariableDefinitions {
		if each.DefaultValue != nil && p.now() {
			p.replace(each.Variable, each.DefaultValue)
			return
		}
		if literal := literalOf(p.given[each.Variable]); literal != nil && p.now() {
			p.replace(each.Variable, literal)
			return
		}
	}
}

// literalOf is a value as it is written in a document. It is nil for values of several parts.
func literalOf(given json.RawMessage) *ast.Value {
	text := strings.TrimSpace(string(given))
	var unquoted string
	switch {
	case text == "" || text[0] == '[' || text[0] == '{':
		return nil
	case text == "null":
		return &ast.Value{Kind: ast.NullValue, Raw: text}
	case text == "true" || text == "false":
		return &ast.Value{Kind: ast.BooleanValue, Raw: text}
	case json.Unmarshal(given, &unquoted) == nil:
		return &ast.Value{Kind: ast.StringValue, Raw: unquoted}
	case strings.Trim(text, "-0123456789") == "":
		return &ast.Value{Kind: ast.IntValue, Raw: text}
	default:
		return &ast.Value{Kind: ast.FloatValue, Raw: text}
	}
}
