package incremental

import (
	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// Directive is the name of the directive that defers a fragment.
const Directive = "defer"

// Definition is what the schema says of the directive: gqlparser's own definition, with a condition that is not null, as the
// draft of the specification has it.
func Definition(of *ast.DirectiveDefinition) *ast.DirectiveDefinition {
	d := *of
	d.Position = &ast.Position{Src: &ast.Source{Name: "incremental"}} // what gqlparser declares for everybody, no printer shows
	d.Description = "Lets the fragment come later, in a further part of the answer, where the client takes such answers. " +
		"It is not for the top of a mutation, and not for subscriptions."
	d.Arguments = make(ast.ArgumentDefinitionList, len(of.Arguments))
	for i, argument := range of.Arguments {
		own := *argument
		if own.Name == "if" {
			own.Description = "Whether it may come later."
			own.Type = ast.NonNullNamedType("Boolean", argument.Position)
		} else {
			own.Description = "A name for the fragment, which no other of the document has."
		}
		d.Arguments[i] = &own
	}
	return &d
}

// Deferred reports whether the directives of a fragment defer it, and under which label. A condition that is null does not.
func Deferred(all ast.DirectiveList, variables map[string]any) (label string, deferred bool) {
	d := all.ForName(Directive)
	if d == nil {
		return "", false
	}
	if condition := d.Arguments.ForName("if"); condition != nil {
		value, err := condition.Value.Value(variables)
		if on, _ := value.(bool); err != nil || !on {
			return "", false
		}
	}
	if given := d.Arguments.ForName("label"); given != nil && given.Value.Kind != ast.NullValue {
		label = given.Value.Raw
	}
	return label, true
}

// Used reports whether anything in a document has the directive.
func Used(doc *ast.QueryDocument) bool {
	for _, operation := range doc.Operations {
		if usedIn(operation.SelectionSet) {
			return true
		}
	}
	for _, fragment := range doc.Fragments {
		if usedIn(fragment.SelectionSet) {
			return true
		}
	}
	return false
}

func usedIn(set ast.SelectionSet) bool {
	for _, selection := range set {
		used := false
		switch of := selection.(type) {
		case *ast.Field:
			used = usedIn(of.SelectionSet)
		case *ast.InlineFragment:
			used = of.Directives.ForName(Directive) != nil || usedIn(of.SelectionSet)
		case *ast.FragmentSpread:
			used = of.Directives.ForName(Directive) != nil
		}
		if used {
			return true
		}
	}
	return false
}

// Whole is an operation of which nothing is deferred: itself where nothing is anyhow, or a copy of which the directives are taken
// away. gqlgen obeys them by itself, in a way that nobody here reads the answers of.
func Whole(operation *graphql.OperationContext) *graphql.OperationContext {
	if !Used(operation.Doc) {
		return operation
	}
	doc := *operation.Doc
	doc.Fragments = make(ast.FragmentDefinitionList, len(operation.Doc.Fragments))
	for i, fragment := range operation.Doc.Fragments {
		whole := *fragment
		whole.SelectionSet = wholeSet(fragment.SelectionSet)
		doc.Fragments[i] = &whole
	}
	of := operation.Operation
	doc.Operations = make(ast.OperationList, len(operation.Doc.Operations))
	for i, each := range operation.Doc.Operations {
		whole := *each
		whole.SelectionSet = wholeSet(each.SelectionSet)
		doc.Operations[i] = &whole
		if each == operation.Operation {
			of = &whole
		}
	}
	return &graphql.OperationContext{
		RawQuery: operation.RawQuery, Variables: operation.Variables, OperationName: operation.OperationName, Doc: &doc,
		Extensions: operation.Extensions, Headers: operation.Headers, Operation: of,
		DisableIntrospection: operation.DisableIntrospection, RecoverFunc: operation.RecoverFunc,
		ResolverMiddleware: operation.ResolverMiddleware, RootResolverMiddleware: operation.RootResolverMiddleware,
		Stats: operation.Stats,
	}
}

func wholeSet(set ast.SelectionSet) ast.SelectionSet {
	if set == nil {
		return nil
	}
	all := make(ast.SelectionSet, len(set))
	for i, selection := range set {
		switch of := selection.(type) {
		case *ast.Field:
			whole := *of
			whole.SelectionSet = wholeSet(of.SelectionSet)
			all[i] = &whole
		case *ast.InlineFragment:
			whole := *of
			whole.Directives, whole.SelectionSet = without(of.Directives), wholeSet(of.SelectionSet)
			all[i] = &whole
		case *ast.FragmentSpread:
			whole := *of
			whole.Directives = without(of.Directives)
			all[i] = &whole
		}
	}
	return all
}

func without(all ast.DirectiveList) ast.DirectiveList {
	var others ast.DirectiveList
	for _, each := range all {
		if each.Name != Directive {
			others = append(others, each)
		}
	}
	return others
}
