package routing

import (
	"fmt"
	"testing"
)

// BenchmarkFind looks among 200 rules, for 25 services in two versions.
func BenchmarkFind(b *testing.B) {
	var rules []Rule
	for i := range 25 {
		for _, version := range []string{"v1 path header default", "v2 path header"} {
			for _, path := range []string{"GET /kind%d", "POST /kind%d", "GET /kind%d/{id}", "GET /kind%d/{id}/parts/{part...}"} {
				rules = append(rules, ruleOf(b, fmt.Sprintf(path+" "+version, i)))
			}
		}
	}
	table, conflicts := New(rules, Policy{})
	if len(rules) != 200 || conflicts != nil {
		b.Fatalf("%d rules, conflicts %v", len(rules), conflicts)
	}
	for name, text := range map[string]string{
		"literal":        "GET api.example.com:8080/v1/kind7",
		"param":          "GET api.example.com:8080/v1/kind7/4711?full=1",
		"rest":           "GET api.example.com:8080/v2/kind7/4711/parts/a/b/c",
		"encoded":        "GET api.example.com:8080/v1/kind7/a%20b",
		"header":         "GET api.example.com:8080/kind7/4711 API-Version: 2",
		"default":        "GET api.example.com:8080/kind7/4711 Accept: text/html, */*;q=0.1",
		"unknown path":   "GET api.example.com:8080/v1/nowhere/4711",
		"unknown method": "DELETE api.example.com:8080/v1/kind7/4711",
	} {
		r := requestOf(text)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = table.Find(r)
			}
		})
	}
}
