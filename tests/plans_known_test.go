package tests

import (
	"encoding/json"
	"strings"
	"testing"
)

// learn asks for cursors and texts that lead somewhere.
func (r *trials) learn(t *testing.T) known {
	t.Helper()
	w := r.sites["usual"]
	o, _, err := w.run(t.Context(), w.sides[1], trial{
		as: "1", scopes: "users:read orders:read",
		query: `{ orders(first: 8) { edges { cursor } } o: orders(first: 100) { pageInfo { endCursor } } products(first: 12) { nodes { category } } }`,
	}, false)
	if err != nil {
		t.Fatal(err)
	}
	var k known
	var found any
	if err := json.Unmarshal([]byte(o.Data), &found); err != nil {
		t.Fatal(err)
	}
	k.gather(found)
	if len(k.cursors) < 5 || len(k.texts) < 5 {
		t.Fatalf("nobody knows how to ask: %+v, from %s", k, o)
	}
	return k
}

func (k *known) gather(found any) {
	switch found := found.(type) {
	case []any:
		for _, each := range found {
			k.gather(each)
		}
	case map[string]any:
		for _, name := range []string{"cursor", "endCursor", "category", "edges", "nodes", "pageInfo", "node", "orders", "o", "products"} {
			text, ok := found[name].(string)
			switch {
			case ok && strings.HasSuffix(strings.ToLower(name), "cursor"):
				k.cursors = append(k.cursors, text)
			case ok:
				k.texts = append(k.texts, text)
			default:
				k.gather(found[name])
			}
		}
	}
}
