package edges

import (
	"errors"
	"fmt"
	"go/ast"
	"slices"
)

// edge reads what a method of a resolver does, or fails with why that is not plain.
func (p *program) edge(r resolver, m method) (Edge, error) {
	results, err := returned(m.decl)
	if err != nil {
		return Edge{}, err
	}
	s := newScope(p, m, r.query)
	var e Edge
	switch len(results) {
	case 1:
		e, err = s.loaded(r, results[0])
	case 2:
		e, err = s.atHand(results[0], results[1])
	default:
		err = fmt.Errorf("returns %d values", len(results))
	}
	if err != nil {
		return Edge{}, err
	}
	e.Arguments = s.arguments
	return e, nil
}

// returned is what a method returns whose body is one return statement.
func returned(f *ast.FuncDecl) ([]ast.Expr, error) {
	switch {
	case f.Body == nil:
		return nil, errors.New("has no body")
	case len(f.Body.List) != 1:
		return nil, fmt.Errorf("has %d statements", len(f.Body.List))
	}
	statement, ok := f.Body.List[0].(*ast.ReturnStmt)
	if !ok {
		return nil, errors.New("does not return at once")
	}
	return statement.Results, nil
}

// atHand reads o.Items, nil and c.Nodes(), nil.
func (s *scope) atHand(value, err ast.Expr) (Edge, error) {
	if !s.null(err) {
		return Edge{}, errors.New("returns an error of its own")
	}
	if member, ok := s.member(value); ok {
		return Edge{Kind: AtHand, Key: Value{Member: member}}, nil
	}
	call, ok := value.(*ast.CallExpr)
	if !ok {
		return Edge{}, errors.New("returns something that is no member of its object")
	}
	method, ok := s.member(call.Fun)
	if !ok || len(call.Args) != 0 || !s.connection() || !slices.Contains([]string{"Nodes", "Edges"}, method) {
		return Edge{}, errors.New("calls what is not a connection's Nodes or Edges")
	}
	return Edge{Kind: AtHand, Key: Value{Method: method}}, nil
}

// connection reports whether the object is a *page.Connection[T].
func (s *scope) connection() bool {
	pointer, ok := s.of.(*ast.StarExpr)
	if !ok {
		return false
	}
	generic, ok := pointer.X.(*ast.IndexExpr)
	if !ok {
		return false
	}
	of, name, ok := selected(generic.X)
	return ok && name == "Connection" && s.imported(of, "page")
}

// loaded reads the forms that are one call.
func (s *scope) loaded(r resolver, x ast.Expr) (Edge, error) {
	call, ok := x.(*ast.CallExpr)
	switch {
	case !ok:
		return Edge{}, errors.New("returns something that is not a call")
	case call.Ellipsis.IsValid():
		return Edge{}, errors.New("hands on a list of arguments")
	case s.function(call.Fun, "mine"):
		return s.own(call.Args)
	case s.function(call.Fun, "connection"):
		return s.page(r, call.Args)
	}
	of, name, ok := selected(call.Fun)
	if !ok || name != "Load" {
		return Edge{}, errors.New("returns something that is not a load")
	}
	return s.byKey(of, call.Args)
}

// byKey reads loaders.For(ctx).User.Load(ctx, o.UserID), and the same with an argument.
func (s *scope) byKey(loader ast.Expr, args []ast.Expr) (Edge, error) {
	read, err := s.read(loader)
	switch {
	case err != nil:
		return Edge{}, err
	case len(args) != 2 || !s.is(args[0], s.ctx):
		return Edge{}, errors.New("does not load by its own context and a key")
	}
	if member, ok := s.member(args[1]); ok {
		return Edge{Kind: ByMember, Read: read, Key: Value{Member: member}}, nil
	}
	if argument, ok := s.argument(args[1]); ok {
		return Edge{Kind: ByArgument, Read: read, Key: Value{Argument: argument}}, nil
	}
	return Edge{}, errors.New("loads by a key that is neither a member of its object nor an argument")
}

// own reads mine(ctx, loaders.For(ctx).User).
func (s *scope) own(args []ast.Expr) (Edge, error) {
	if len(args) != 2 || !s.is(args[0], s.ctx) {
		return Edge{}, errors.New("does not call mine with its own context and a load")
	}
	read, err := s.read(args[1])
	return Edge{Kind: Own, Read: read}, err
}

// page reads connection(ctx, r.pages, first, after, loaders.For(ctx).Orders, record.Part{…}).
func (s *scope) page(r resolver, args []ast.Expr) (Edge, error) {
	if len(args) != 6 || !s.is(args[0], s.ctx) {
		return Edge{}, errors.New("does not call connection with its own context and five values more")
	}
	if of, name, ok := selected(args[1]); !ok || name != "pages" || !s.is(of, s.receiver) || !r.rooted {
		return Edge{}, errors.New("does not bound its page by Root's pages")
	}
	first, _ := s.argument(args[2])
	after, _ := s.argument(args[3])
	if first != "first" || after != "after" {
		return Edge{}, errors.New("does not begin its page where the arguments first and after say")
	}
	read, err := s.read(args[4])
	if err != nil {
		return Edge{}, err
	}
	of, named, err := s.part(args[5])
	return Edge{Kind: Page, Read: read, Of: of, Named: named}, err
}
