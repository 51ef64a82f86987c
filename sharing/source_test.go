package sharing_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/sharing"
)

// source is the package's own, by file.
func source(t *testing.T) map[string]*ast.File {
	t.Helper()
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	files := make(map[string]*ast.File)
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		if files[path], err = parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// One function makes all keys, and only questions are given to it: whoever wants another kind of key has to say there what it is
// made of.
func TestOneFunctionMakesKeys(t *testing.T) {
	var made, used []string
	for path, file := range source(t) {
		ast.Inspect(file, func(node ast.Node) bool {
			switch n := node.(type) {
			case *ast.CompositeLit:
				if name, ok := n.Type.(*ast.Ident); ok && name.Name == "Key" {
					made = append(made, path)
				}
			case *ast.Ident:
				if n.Name == "keyOf" {
					used = append(used, path)
				}
			}
			return true
		})
	}
	slices.Sort(used)
	if !slices.Equal(made, []string{"key.go"}) {
		t.Errorf("keys are made in %v", made)
	}
	if want := []string{"key.go", "question.go", "question.go", "question.go", "question.go", "question.go"}; !slices.Equal(used, want) {
		t.Errorf("keyOf is used in %v, want it declared in key.go and called for each kind of question", used)
	}
}

// A Key that somebody else could make, or change, would be one that is not made of all that it should be.
func TestAKeyHasNothingThatOthersCanSet(t *testing.T) {
	for path, file := range source(t) {
		for _, decl := range file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if ok && f.Recv == nil && f.Name.IsExported() && path != "question.go" {
				t.Errorf("%s exports %s", path, f.Name.Name)
			}
			if ok && f.Recv != nil && pointsAt(f.Recv.List[0].Type, "Key") {
				t.Errorf("%s changes a Key in place", f.Name.Name)
			}
		}
	}
	for field := range reflect.TypeFor[sharing.Key]().Fields() {
		if field.IsExported() {
			t.Errorf("a Key shows %s", field.Name)
		}
	}
}

func pointsAt(receiver ast.Expr, name string) bool {
	star, ok := receiver.(*ast.StarExpr)
	if !ok {
		return false
	}
	ident, ok := star.X.(*ast.Ident)
	return ok && ident.Name == name
}
