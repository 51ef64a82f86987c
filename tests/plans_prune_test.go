package tests

import (
	"slices"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// clean leaves out the fragments and variables that nobody uses.
func (p *pruner) clean() {
	for {
		used := make(map[string]bool)
		p.walk(func(selection ast.Selection) {
			if spread, ok := selection.(*ast.FragmentSpread); ok {
				used[spread.Name] = true
			}
		}, nil)
		before := len(p.doc.Fragments)
		p.doc.Fragments = slices.DeleteFunc(p.doc.Fragments, func(f *ast.FragmentDefinition) bool { return !used[f.Name] })
		if len(p.doc.Fragments) == before {
			break
		}
	}
	used := make(map[string]bool)
	p.walk(nil, func(v *ast.Value) {
		if v.Kind == ast.Variable {
			used[v.Raw] = true
		}
	})
	for _, each := range p.doc.Operations {
		each.VariableDefinitions = slices.DeleteFunc(each.VariableDefinitions, func(v *ast.VariableDefinition) bool {
			if !used[v.Variable] {
				delete(p.given, v.Variable)
			}
			return !used[v.Variable]
		})
	}
}

// replace puts a value in the place of a variable.
func (p *pruner) replace(variable string, by *ast.Value) {
	p.walk(nil, func(v *ast.Value) {
		if v.Kind == ast.Variable && v.Raw == variable {
			*v = *by
		}
	})
}

// walk shows all selections and values.
func (p *pruner) walk(selection func(ast.Selection), value func(*ast.Value)) {
	w := &walker{selection: selection, value: value}
	for _, each := range p.doc.Operations {
		w.directives(each.Directives)
		w.selections(each.SelectionSet)
	}
	for _, each := range p.doc.Fragments {
		w.selections(each.SelectionSet)
	}
}

// walker goes through a document that was not validated.
type walker struct {
	selection func(ast.Selection)
	value     func(*ast.Value)
}

func (w *walker) selections(set ast.SelectionSet) {
	for _, each := range set {
		if w.selection != nil {
			w.selection(each)
		}
		switch s := each.(type) {
		case *ast.Field:
			w.arguments(s.Arguments)
			w.directives(s.Directives)
			w.selections(s.SelectionSet)
		case *ast.InlineFragment:
			w.directives(s.Directives)
			w.selections(s.SelectionSet)
		case *ast.FragmentSpread:
			w.directives(s.Directives)
		}
	}
}

func (w *walker) directives(all ast.DirectiveList) {
	for _, each := range all {
		w.arguments(each.Arguments)
	}
}

func (w *walker) arguments(all ast.ArgumentList) {
	for _, each := range all {
		w.values(each.Value)
	}
}

func (w *walker) values(v *ast.Value) {
	if w.value != nil {
		w.value(v)
	}
	for _, child := range v.Children {
		w.values(child.Value)
	}
}

// selectedIn are the fields that a document selects, such as User.name.
func selectedIn(t *testing.T, query string) map[string]bool {
	t.Helper()
	doc, err := parser.ParseQuery(&ast.Source{Input: query})
	if err != nil {
		t.Fatalf("%s\n%v", query, err)
	}
	if errs := validator.ValidateWithRules(schema(), doc, rules.NewDefaultRules()); len(errs) > 0 {
		t.Fatalf("%s\n%v", query, errs)
	}
	found := make(map[string]bool)
	(&pruner{doc: doc}).walk(func(selection ast.Selection) {
		if field, ok := selection.(*ast.Field); ok {
			found[field.ObjectDefinition.Name+"."+field.Name] = true
		}
	}, nil)
	return found
}
