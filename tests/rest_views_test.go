package tests

import (
	"net/http"
	"testing"
)

// A tag stands for what one caller saw. Nobody learns by it what somebody else sees, or that there is something.
func TestATagIsGoodForTheViewThatItCameWith(t *testing.T) {
	p := startREST(t, nil, demoSection())
	ask := func(method, path, as, tag string) reply {
		fields := []string{"Authorization: Bearer " + p.token(t, as)}
		if tag != "" {
			fields = append(fields, "If-None-Match: "+tag)
		}
		return send(t, p.shows(t, method, path, "", fields...))
	}
	tags := make(map[string]string)
	for _, as := range []string{"customer", "stranger", "support"} {
		tags[as] = ask(http.MethodGet, "/v2/users/7", as, "").header.Get("ETag")
	}
	order := ask(http.MethodGet, "/v2/orders/7", "customer", "").header.Get("ETag")
	desk := ask(http.MethodGet, "/v2/orders/7", "support", "").header.Get("ETag")
	if tags["customer"] == "" || tags["stranger"] != "" || tags["customer"] == tags["support"] || order == "" || order == desk {
		t.Fatalf("the tags are %v, %s, %s", tags, order, desk)
	}
	for name, c := range map[string]struct {
		path, as, tag string
		want          int
	}{
		"one's own view":                 {"/v2/users/7", "customer", tags["customer"], 304},
		"a view of more":                 {"/v2/users/7", "stranger", tags["customer"], 200},
		"what support saw, for oneself":  {"/v2/users/7", "customer", tags["support"], 200},
		"what support saw":               {"/v2/users/7", "stranger", tags["support"], 200},
		"an order of one's own":          {"/v2/orders/7", "customer", order, 200}, // whose it is stands in the record
		"an order of anybody":            {"/v2/orders/7", "support", desk, 304},
		"somebody else's order":          {"/v2/orders/7", "stranger", order, 404},
		"any tag of somebody else's":     {"/v2/orders/7", "stranger", "*", 404},
		"any tag of one that is missing": {"/v2/orders/999999", "stranger", "*", 404},
	} {
		t.Run(name, func(t *testing.T) {
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				if r := ask(method, c.path, c.as, c.tag); r.status != c.want {
					t.Errorf("%s is answered with %d %s, want %d", method, r.status, r.body, c.want)
				}
			}
		})
	}
}
