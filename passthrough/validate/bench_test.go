package validate

import (
	"net/http/httptest"
	"testing"
)

func BenchmarkCheck(b *testing.B) {
	users := contractOf(b, "user")
	for name, s := range map[string]sent{
		"path":  {method: "GET", template: "/users/{id}", target: "/users/7", params: map[string]string{"id": "7"}},
		"query": {method: "GET", template: "/users", target: "/users?ids=1,2,3&limit=20&offset=40"},
		"body": {
			method: "POST", template: "/users", target: "/users",
			body: `{"name":"Ada Lovelace","username":"ada","email":"ada@example.org","role":"support","phone":"555","address":{"street":"1 Elm","city":"Troy","zip":"12180"}}`,
		},
	} {
		b.Run(name, func(b *testing.B) {
			o := operation(b, users, s.method, s.template)
			r := httptest.NewRequest(s.method, s.target, nil)
			r.Header.Set("Content-Type", "application/json")
			param := func(name string) (string, bool) { value, ok := s.params[name]; return value, ok }
			body := []byte(s.body)
			b.ReportAllocs()
			for b.Loop() {
				if err := o.Check(r, param, body); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
