package document

import "github.com/vektah/gqlparser/v2/ast"

// Switches are the variables that @skip and @include depend on, anywhere in an operation and in what it spreads.
func Switches(doc *ast.QueryDocument, operation *ast.OperationDefinition) []string {
	return switches(doc, operation, "skip", "include")
}

func switches(doc *ast.QueryDocument, operation *ast.OperationDefinition, names ...string) []string {
	s := &switchFinder{doc: doc, names: names, seen: make(map[string]bool)}
	s.set(operation.SelectionSet)
	return s.found
}

type switchFinder struct {
	doc   *ast.QueryDocument
	names []string        // of directives
	seen  map[string]bool // variables, by $name, and fragments
	found []string
}

func (s *switchFinder) set(set ast.SelectionSet) {
	for _, selection := range set {
		switch of := selection.(type) {
		case *ast.Field:
			s.directives(of.Directives)
			s.set(of.SelectionSet)
		case *ast.InlineFragment:
			s.directives(of.Directives)
			s.set(of.SelectionSet)
		case *ast.FragmentSpread:
			s.directives(of.Directives)
			if fragment := s.doc.Fragments.ForName(of.Name); fragment != nil && s.once(of.Name) {
				s.set(fragment.SelectionSet)
			}
		}
	}
}

func (s *switchFinder) directives(all ast.DirectiveList) {
	for _, name := range s.names {
		for _, directive := range all.ForNames(name) {
			condition := directive.Arguments.ForName("if")
			if condition != nil && condition.Value.Kind == ast.Variable && s.once("$"+condition.Value.Raw) {
				s.found = append(s.found, condition.Value.Raw)
			}
		}
	}
}

func (s *switchFinder) once(name string) bool {
	seen := s.seen[name]
	s.seen[name] = true
	return !seen
}
