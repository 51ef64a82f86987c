package edges_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/concierge-gateway/concierge/plan/edges"
)

func TestSourceThatIsNoGoIsAnError(t *testing.T) {
	_, err := edges.Read(source("package resolvers\n\nfunc ("))
	if err == nil || !strings.HasPrefix(err.Error(), "read the resolvers' source: methods.go:3:") {
		t.Errorf("the error is %v", err)
	}
}

func TestNoSourceIsAnError(t *testing.T) {
	if _, err := edges.Read(fstest.MapFS{"user.txt": {}}); err == nil {
		t.Error("there is no error")
	}
}

// forms is what a resolver's body may be, told a second time: by its text.
var forms = regexp.MustCompile(`^\{ ?return (` +
	`loaders\.For\((\w+)\)\.\w+\.Load\(\w+, \w+(\.\w+)?\)|` +
	`mine\(\w+, loaders\.For\(\w+\)\.\w+\)|` +
	`\w+\.\w+, nil|\w+\.(Nodes|Edges)\(\), nil|` +
	`connection\(\w+, \w+\.pages, first, after, loaders\.For\(\w+\)\.\w+, record\.Part\{[\w:., ()]*\}\)` +
	`) ?\}$`)

// FuzzRead reads a file that people wrote: it never panics, and whatever is an edge has one of the forms' texts.
func FuzzRead(f *testing.F) {
	for _, body := range []string{
		`return loaders.For(ctx).Team.Load(ctx, u.TeamID)`, `return loaders.For(ctx).Team.Load(ctx, first)`, `return u.Team, nil`,
		`return mine(ctx, loaders.For(ctx).User)`, `return connection(ctx, r.pages, first, after, loaders.For(ctx).Orders, record.Part{Of: u.ID})`,
		`return connection(ctx, r.pages, first, after, loaders.For(ctx).Orders, record.Part{Named: given(after)})`, `return`, ``, `return _._, nil`,
		`return func() {}, nil`, `return u.Nodes(), nil`,
	} {
		f.Add(imports + user + body + " }")
	}
	f.Add(imports + `func (connectionResolver[_]) F(_ context.Context, c *page.Connection[T]) ([]*T, error) { return c.Nodes(), nil }`)
	f.Add("package p\nfunc () F()\nfunc (a, b T) F()\nfunc (map[int]int) F()\nfunc (*Root) F() { return {} }\nimport \"\\\"")
	f.Add("package p\nfunc (userResolver) F(...) ()\nfunc (*Root) User()\nfunc (Root[A, B]) A() (a, b int) { return *a{} }")
	f.Fuzz(func(t *testing.T, text string) {
		e, err := edges.Read(source(imports + strings.TrimPrefix(text, imports)))
		if err != nil {
			return
		}
		edge, ok := e.Edge("User", "f")
		if ok != (e.Why("User", "f") == "") {
			t.Fatal("Edge and Why disagree")
		}
		if ok && !written(t, imports+strings.TrimPrefix(text, imports)) {
			t.Errorf("no method F has the text of %+v", edge)
		}
	})
}

// written reports whether a method F has a body of one of the forms.
func written(t *testing.T, text string) bool {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "methods.go", text, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, decl := range file.Decls {
		method, ok := decl.(*ast.FuncDecl)
		if !ok || method.Body == nil || !strings.EqualFold(method.Name.Name, "f") {
			continue
		}
		var body bytes.Buffer
		if err := printer.Fprint(&body, token.NewFileSet(), method.Body); err != nil {
			t.Fatal(err)
		}
		if forms.MatchString(strings.Join(strings.Fields(body.String()), " ")) {
			return true
		}
	}
	return false
}
