package edges

import (
	"errors"
	"fmt"
	"go/ast"
	"strings"
)

// resolver is the type whose methods resolve the fields of an object.
type resolver struct {
	name   string
	query  bool // its object is the query's, so its methods take none
	rooted bool // it holds the Root, so r.pages is Root's
}

// resolver reads a method of Root, which says what resolves the fields of an object:
//
//	func (r *Root) Order() graph.OrderResolver { return &orderResolver{r} }
func (p *program) resolver(root method) (resolver, error) {
	object := root.decl.Name.Name
	literal := created(root.decl)
	if literal == nil || !promises(root.decl, object+"Resolver") {
		return resolver{}, fmt.Errorf("is given by Root.%s, which does more than return it", object)
	}
	of := literal.Type
	switch generic := of.(type) {
	case *ast.IndexExpr:
		of = generic.X
	case *ast.IndexListExpr:
		of = generic.X
	}
	name, _ := ident(of)
	if !p.plain(name) {
		return resolver{}, errors.New("is a method of a type that is not struct{ *Root } or struct{}")
	}
	rooted, ok := rooted(literal, newScope(p, root, true).receiver)
	if !ok {
		return resolver{}, fmt.Errorf("is given by Root.%s, which makes it of something else than Root", object)
	}
	return resolver{name: name, query: strings.EqualFold(object, "query"), rooted: rooted}, nil
}

// created is the literal T{…} or &T{…} that a method returns, if it takes nothing and does nothing else.
func created(f *ast.FuncDecl) *ast.CompositeLit {
	results, err := returned(f)
	if err != nil || len(results) != 1 || f.Type.Params.NumFields() != 0 {
		return nil
	}
	x := results[0]
	if address, ok := x.(*ast.UnaryExpr); ok {
		x = address.X // of a literal nothing but & can be taken
	}
	literal, _ := x.(*ast.CompositeLit)
	return literal
}

// promises reports whether a method's one result is of a type by this name, of another package. It is what gqlgen asks for.
func promises(f *ast.FuncDecl, name string) bool {
	if f.Type.Results.NumFields() != 1 {
		return false
	}
	_, result, ok := selected(f.Type.Results.List[0].Type)
	return ok && result == name
}

// rooted reports whether a resolver was made of the Root; not ok, if of something else.
func rooted(literal *ast.CompositeLit, receiver string) (rooted, ok bool) {
	if len(literal.Elts) == 0 {
		return false, true
	}
	held, _ := ident(literal.Elts[0])
	return true, len(literal.Elts) == 1 && held != "" && held == receiver
}

// plain reports whether a type is a resolver and nothing else. One with more in it could have methods that stand elsewhere, and
// fields that hide those of Root.
func (p *program) plain(name string) bool {
	if len(p.declared[name]) != 1 {
		return false
	}
	spec, ok := p.declared[name][0].(*ast.TypeSpec)
	if !ok || spec.Assign.IsValid() {
		return false
	}
	of, ok := spec.Type.(*ast.StructType)
	if !ok || of.Fields.NumFields() == 0 {
		return ok
	}
	field := of.Fields.List[0]
	pointer, ok := field.Type.(*ast.StarExpr)
	if !ok || len(of.Fields.List) != 1 || len(field.Names) != 0 {
		return false
	}
	embedded, _ := ident(pointer.X)
	return embedded == "Root"
}
