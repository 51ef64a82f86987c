package plan

import (
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/document"
)

// Explain tells of each operation of a document, which was found valid, how it is executed. Variables of @skip and @include count
// as if they left nothing out: the document is changed so that they do.
func (p *Planner) Explain(doc *ast.QueryDocument, sizes Sizes) []Explanation {
	included := make([][]string, len(doc.Operations))
	for i, operation := range doc.Operations {
		included[i] = document.Switches(doc, operation)
	}
	for _, operation := range doc.Operations {
		include(operation.SelectionSet)
	}
	for _, fragment := range doc.Fragments {
		include(fragment.SelectionSet)
	}
	told := make([]Explanation, len(doc.Operations))
	for i, operation := range doc.Operations {
		made, err := p.Compile(&graphql.OperationContext{Doc: doc, Operation: operation})
		if err != nil {
			told[i] = Unexplained(err)
		} else {
			told[i] = made.Explain(sizes)
		}
		told[i].Included = included[i]
	}
	return told
}

// include takes away the directives that leave something out by a variable.
func include(set ast.SelectionSet) {
	for _, selection := range set {
		switch of := selection.(type) {
		case *ast.Field:
			of.Directives = constant(of.Directives)
			include(of.SelectionSet)
		case *ast.InlineFragment:
			of.Directives = constant(of.Directives)
			include(of.SelectionSet)
		case *ast.FragmentSpread:
			of.Directives = constant(of.Directives)
		}
	}
}

func constant(all ast.DirectiveList) ast.DirectiveList {
	return slices.DeleteFunc(all, func(directive *ast.Directive) bool {
		condition := directive.Arguments.ForName("if")
		return (directive.Name == "skip" || directive.Name == "include") && condition != nil && condition.Value.Kind == ast.Variable
	})
}
