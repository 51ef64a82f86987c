package document

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// headline is what a page asks.
const headline = `
	query Page($first: Int = 20) {
		users(first: $first) {
			nodes {
				...card
				orders(first: 3) {
					nodes {
						id
						status
						total { amount currency }
						items { quantity product { id name } }
						payment { status method }
					}
				}
			}
			pageInfo { hasNextPage endCursor }
		}
	}
	fragment card on User { id name }`

// repeat is n texts one after the other.
func repeat(n int, text func(i int) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(text(i))
	}
	return b.String()
}

// times is a text n times.
func times(n int, text string) string { return strings.Repeat(text, n) }

// nested is a text within n others.
func nested(n int, before, text, after string) string {
	return times(n, before) + text + times(n, after)
}

// numbered is n texts with their number in place of the verb.
func numbered(n int, format string) string {
	return repeat(n, func(i int) string { return fmt.Sprintf(format, i) })
}

// chain is n fragments of User, of which each spreads the next so many times. The last one holds the text.
func chain(n, spreads int, last string) string {
	return repeat(n, func(i int) string {
		if i == n-1 {
			return fmt.Sprintf("fragment f%d on User{%s}", i, last)
		}
		return fmt.Sprintf("fragment f%d on User{%s}", i, times(spreads, fmt.Sprintf("...f%d ", i+1)))
	})
}

func parse(t testing.TB, text string) *ast.QueryDocument {
	t.Helper()
	doc, err := parser.ParseQuery(&ast.Source{Input: text})
	if err != nil {
		t.Fatalf("parse %.100q: %v", text, err)
	}
	return doc
}

func read(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// publicSchema is the schema of the gateway.
func publicSchema(t testing.TB) *ast.Schema {
	t.Helper()
	files, err := filepath.Glob("../schema/*.graphql")
	if err != nil || len(files) == 0 {
		t.Fatalf("no schema: %v", err)
	}
	sources := make([]*ast.Source, 0, len(files))
	for _, file := range files {
		sources = append(sources, &ast.Source{Name: file, Input: read(t, file)})
	}
	schema, err := gqlparser.LoadSchema(sources...)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// hostile are shapes of documents that keep validation busy, as large as one likes.
func hostile() map[string]func(n int) string {
	return map[string]func(n int) string{
		"one field":       func(n int) string { return "{me{" + times(n, "id ") + "}}" },
		"conflicts":       func(n int) string { return "{me{" + times(3*n, "id ") + times(n, "id:name ") + "}}" },
		"arguments":       func(n int) string { return "{me{" + numbered(n, "orders(first:%d){nodes{id}}") + "}}" },
		"many arguments":  func(n int) string { return "{" + times(2, "user("+numbered(n, "a%d:1 ")+"){id}") + "}" },
		"unknown spreads": func(n int) string { return "{" + numbered(n, "...u%d ") + "}" },
		"nested conflicts": func(n int) string {
			return "{me{" + times(n, "orders{nodes{user{id}}}orders{nodes{user{id:name}}}") + "}}"
		},
		"inline fragments": func(n int) string { return nested(n, "{...", "{me{id}}", "}") },
		"fields in inline fragments": func(n int) string {
			return "{me" + nested(n, "{...", "{"+times(n, "id ")+"}", "}") + "}"
		},
		"selections in inline fragments": func(n int) string {
			return "{me" + nested(n, "{...", "{"+times(9, "orders{nodes{"+times(n, "id ")+"}}")+"}", "}") + "}"
		},
		"unknown fields in fragments": func(n int) string { return "{me{...f0}}" + chain(18, 1, numbered(n, "m%d ")) },
		"operations":                  func(n int) string { return times(n, "{m}") },
		"operations of one fragment":  func(n int) string { return times(n, "{...f}") + "fragment f on Query{" + times(9, "m ") + "}" },
		"operations of spreads": func(n int) string {
			return repeat(n, func(i int) string { return "{" + numbered(60, fmt.Sprintf("...u%d_%%d ", i)) + "}" })
		},
		"fragments that spread all others": func(n int) string {
			return "{me{...f0}}" + repeat(n, func(i int) string {
				return fmt.Sprintf("fragment f%d on User{id %s}", i, repeat(n-i-1, func(j int) string { return fmt.Sprintf("...f%d ", i+j+1) }))
			})
		},
		"wrong values": func(n int) string { return "mutation{placeOrder(input:{items:[" + times(n, "a ") + "]}){order{id}}}" },
		"wrong values in fragments": func(n int) string {
			return "mutation{...a}fragment a on Mutation{...b}fragment b on Mutation{placeOrder(input:{items:[" + times(n, "{}") + "]}){order{id}}}"
		},
		"variables": func(n int) string {
			return "query(" + numbered(n, "$a%d:I ") + "){user(id:[" + times(n, "$b ") + "]){id}}"
		},
		"list types": func(n int) string {
			return "query(" + times(n, "$a:[[[[[[[[[[[[[[[I]]]]]]]]]]]]]]]") + "){user(id:[" + times(n, "$a ") + "]){id}}"
		},
		"long names": func(n int) string { return "{me{" + numbered(n, times(1000, "m")+"%d ") + "}}" },
	}
}

// largest is the largest document of a shape that the limits admit.
func largest(limits Limits, shape func(n int) string) string { return shape(most(limits, shape)) }

// most is how large a document of a shape may be.
func most(limits Limits, shape func(n int) string) int {
	refused := func(n int) bool { return limits.checkText(shape(n)) != nil }
	enough := 1
	for !refused(enough) {
		enough *= 2
	}
	return sort.Search(enough, refused) - 1
}
