package edges

import (
	"errors"
	"go/ast"
	"slices"
)

// read reads loaders.For(ctx).Orders.
func (s *scope) read(x ast.Expr) (string, error) {
	of, read, _ := selected(x)
	call, ok := of.(*ast.CallExpr)
	if !ok {
		return "", errors.New("loads from something that is not a field of loaders.For(ctx)")
	}
	loaders, name, _ := selected(call.Fun)
	switch {
	case name != "For" || !s.imported(loaders, "loaders"):
		return "", errors.New("does not load by the package loaders")
	case len(call.Args) != 1 || !s.is(call.Args[0], s.ctx):
		return "", errors.New("loads by another context than its own")
	}
	return read, nil
}

// member reads o.UserID.
func (s *scope) member(x ast.Expr) (string, bool) {
	of, member, ok := selected(x)
	if !ok || !s.is(of, s.object) {
		return "", false
	}
	return member, true
}

// argument reads id.
func (s *scope) argument(x ast.Expr) (string, bool) {
	name, ok := ident(x)
	if !ok || !slices.Contains(s.arguments, name) {
		return "", false
	}
	return name, true
}

// part reads record.Part{Of: o.ID, Named: given(category)}.
func (s *scope) part(x ast.Expr) (of, named Value, err error) {
	literal, ok := x.(*ast.CompositeLit)
	if !ok {
		return of, named, errors.New("does not say by a record.Part{…} which part of the list it loads")
	}
	record, name, ok := selected(literal.Type)
	if !ok || name != "Part" || !s.imported(record, "record") {
		return of, named, errors.New("does not say by a record.Part{…} which part of the list it loads")
	}
	for _, element := range literal.Elts {
		pair, ok := element.(*ast.KeyValueExpr)
		if !ok {
			return of, named, errors.New("has a part of the list whose values have no names")
		}
		into := &of
		switch key, _ := ident(pair.Key); key {
		case "Of":
		case "Named":
			into = &named
		default:
			return of, named, errors.New("has a part of the list with other fields than Of and Named")
		}
		if *into, ok = s.value(pair.Value); !ok {
			return of, named, errors.New("has a part of the list that is neither of a member of its object nor of an argument")
		}
	}
	return of, named, nil
}

// value reads o.ID, given(userID) and userID.
func (s *scope) value(x ast.Expr) (Value, bool) {
	if member, ok := s.member(x); ok {
		return Value{Member: member}, true
	}
	if call, ok := x.(*ast.CallExpr); ok && s.function(call.Fun, "given") && len(call.Args) == 1 && !call.Ellipsis.IsValid() {
		x = call.Args[0]
	}
	argument, ok := s.argument(x)
	return Value{Argument: argument}, ok
}
