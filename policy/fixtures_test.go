package policy_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/policy"
	"github.com/concierge-gateway/concierge/wire"
)

// change is a text of the schema's files, and what stands there instead. Each must be found.
type change struct{ from, to string }

// load reads the files of the schema with some of their text changed.
func load(t testing.TB, changes ...change) *ast.Schema {
	t.Helper()
	names, err := filepath.Glob("../schema/*.graphql")
	if err != nil || len(names) == 0 {
		t.Fatalf("the schema's files: %v, %v", names, err)
	}
	var text strings.Builder
	for _, name := range names {
		file, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text.Write(file)
	}
	all := text.String()
	for _, each := range changes {
		if !strings.Contains(all, each.from) {
			t.Fatalf("the schema does not say %q", each.from)
		}
		all = strings.Replace(all, each.from, each.to, 1)
	}
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphql", Input: all})
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// more adds to the schema's end.
func more(text string) change {
	const start = "\"What can be read.\"\ntype Query\n"
	return change{start, start + text + "\n"}
}

// tried is what policy.Read makes of a schema.
func tried(t testing.TB, schema *ast.Schema) (*policy.Policy, error) {
	t.Helper()
	fields, err := wire.Read(schema)
	if err != nil {
		t.Fatal(err)
	}
	return policy.Read(schema, fields)
}

func read(t testing.TB, schema *ast.Schema) *policy.Policy {
	t.Helper()
	p, err := tried(t, schema)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func caller(id string, scopes ...string) auth.Principal {
	return auth.Principal{ID: id, Scopes: scopes}
}

var supportScopes = []string{"users:read", "users:pii", "orders:read", "payments:read"}

// The callers of the tests. Numbers are users.
var (
	anonymous = auth.Principal{}
	customer  = caller("7")
	other     = caller("8")
	support   = caller("100", supportScopes...)
	admin     = caller("101", append(supportScopes,
		"users:write", "orders:write", "products:write", "payments:refund", "gateway:trace")...)
	machine = caller("billing")
)

// split is a coordinate of the schema in its parts.
func split(coordinate string) (object, field string) {
	object, field, _ = strings.Cut(coordinate, ".")
	return object, field
}
