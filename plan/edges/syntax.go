package edges

import "go/ast"

// receiver is the name of the type that a method belongs to, and what the method calls the parameters of that type.
func receiver(f *ast.FuncDecl) (of string, parameters []ast.Expr) {
	if len(f.Recv.List) != 1 {
		return "", nil
	}
	t := f.Recv.List[0].Type
	if pointer, ok := t.(*ast.StarExpr); ok {
		t = pointer.X
	}
	switch generic := t.(type) {
	case *ast.IndexExpr:
		t, parameters = generic.X, []ast.Expr{generic.Index}
	case *ast.IndexListExpr:
		t, parameters = generic.X, generic.Indices
	}
	of, _ = ident(t)
	return of, parameters
}

// ident is the name that an expression consists of.
func ident(x ast.Expr) (string, bool) {
	i, ok := x.(*ast.Ident)
	if !ok || i.Name == "_" {
		return "", false
	}
	return i.Name, true
}

// selected is an expression x.name, taken apart.
func selected(x ast.Expr) (of ast.Expr, name string, ok bool) {
	s, ok := x.(*ast.SelectorExpr)
	if !ok {
		return nil, "", false
	}
	return s.X, s.Sel.Name, true
}
