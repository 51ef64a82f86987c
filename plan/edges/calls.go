package edges

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"
)

// Calls are those that a resolver's own statements make to services, each by the name of its client or loader, such as Order for
// r.services.Order.Place(…). It is not ok where there is no resolver, where none is found and the resolver could make some all
// the same, or where one stands in a loop or in a function of its own, so that nobody knows how often it is made. What other
// functions do that the resolver calls is not seen.
func (e *Edges) Calls(object, field string) (names []string, ok bool) {
	found := e.found[name{strings.ToLower(object), strings.ToLower(field)}]
	return found.calls, found.silent || len(found.calls) > 0 && !found.loops
}

// isSilent reports whether a method can make no calls: it has nothing to do with its receiver, by which it knows the services,
// nor with loaders, and calls no function of its package, which might.
func isSilent(f *ast.FuncDecl) bool {
	if f.Body == nil || f.Recv == nil {
		return false
	}
	silent := true
	ast.Inspect(f.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			silent = silent && n.Name != "loaders" && !names(f.Recv, n.Name)
		case *ast.CallExpr:
			function, plain := n.Fun.(*ast.Ident)
			silent = silent && (!plain || types.Universe.Lookup(function.Name) != nil) // int32(…), append(…)
		}
		return silent
	})
	return silent
}

func names(fields *ast.FieldList, name string) bool {
	return slices.ContainsFunc(fields.List, func(field *ast.Field) bool {
		return slices.ContainsFunc(field.Names, func(ident *ast.Ident) bool { return ident.Name == name })
	})
}

// callsIn finds the calls in a method.
func callsIn(f *ast.FuncDecl) (names []string, loops bool) {
	if f.Body == nil {
		return nil, false
	}
	repeated := make(map[ast.Node]bool)
	ast.Inspect(f.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ForStmt, *ast.RangeStmt, *ast.FuncLit:
			ast.Inspect(n, func(within ast.Node) bool {
				repeated[within] = true
				return true
			})
		case *ast.CallExpr:
			if client := clientOf(n); client != "" {
				names = append(names, client)
				loops = loops || repeated[n]
			}
		}
		return true
	})
	return names, loops
}

// clientOf is the client or the loader that a call is made by, empty for other calls.
func clientOf(call *ast.CallExpr) string {
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	client, ok := method.X.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	switch of := client.X.(type) {
	case *ast.SelectorExpr: // r.services.Order
		if of.Sel.Name == "services" {
			return client.Sel.Name
		}
	case *ast.CallExpr: // loaders.For(ctx).Order
		if in, function, ok := selected(of.Fun); ok && function == "For" {
			if from, _ := ident(in); from == "loaders" {
				return client.Sel.Name
			}
		}
	}
	return ""
}
