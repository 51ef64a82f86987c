package resolvers

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/graph"
	"github.com/concierge-gateway/concierge/page"
)

// receivers are the names of the types that have resolvers.
func receivers() map[string]bool {
	root := reflect.ValueOf(New(nil, page.Limits{}))
	names := make(map[string]bool)
	for object := range reflect.TypeFor[graph.ResolverRoot]().Methods() {
		of := reflect.Indirect(root.MethodByName(object.Name).Call(nil)[0].Elem())
		name, _, _ := strings.Cut(of.Type().Name(), "[")
		names[name] = true
	}
	return names
}

// receiver is the name of the type that a method belongs to.
func receiver(method *ast.FuncDecl) string {
	if method.Recv == nil {
		return ""
	}
	of := method.Recv.List[0].Type
	if star, ok := of.(*ast.StarExpr); ok {
		of = star.X
	}
	if generic, ok := of.(*ast.IndexExpr); ok {
		of = generic.X
	}
	name, _ := of.(*ast.Ident)
	return name.Name
}

func TestTheSourceIsEveryFileWithAResolver(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	resolvers, found := receivers(), 0
	got, err := fs.Glob(Source(), "*")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		if slices.ContainsFunc(parsed.Decls, func(each ast.Decl) bool {
			method, ok := each.(*ast.FuncDecl)
			return ok && resolvers[receiver(method)]
		}) {
			found++
			if !slices.Contains(got, file) {
				t.Errorf("%s has resolvers, and is not in the source", file)
			}
		}
	}
	if found < 5 {
		t.Errorf("there are %d files with resolvers", found)
	}
}
