package tests

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/concierge-gateway/concierge/demo"
)

// grouped says of products which belong together, and of a user's change that it ends a group.
func grouped(service string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case service == demo.Product && r.URL.Path == "/products/2":
			w.Header().Set("Cache-Groups", `"shelf", "sale"`)
		case service == demo.User && r.Method == http.MethodGet:
			w.Header().Set("Cache-Groups", `"people"`)
		case service == demo.User && r.URL.Query().Has("everybody"):
			w.Header().Set("Cache-Group-Invalidation", `"people"`)
		}
		next.ServeHTTP(w, r)
	})
}

// stock are reads by what they are of. Each is kept by itself.
func stock() map[string]string {
	return map[string]string{
		"product 2":           "nobody GET /v2/products/2",
		"product 1":           "nobody GET /v2/products/1",
		"products":            "nobody GET /v2/products?limit=3",
		"a batch of 2":        "nobody GET /v2/products?ids=2,3",
		"a record of 3":       "nobody { product(id: 3) { name } }",
		"a record of 4":       "nobody { product(id: 4) { name } }",
		"a list of all":       "nobody { products(first: 2) { nodes { name } } }",
		"user 7":              "customer GET /v2/users/7",
		"a record of user 8":  "stranger { user(id: 8) { name } }",
		"an order":            "customer GET /v2/orders/7",
		"an order's payment":  "customer { order(id: 1007) { payment { id } } }",
		"an escaped path 5 5": "nobody GET /v2/products/5%205",
	}
}

// askedAnew are the reads of which the services are asked anew.
func (p *program) askedAnew(t *testing.T, reads map[string]string) (names []string) {
	t.Helper()
	for name, each := range reads {
		if asked := p.asking(func() { p.read(t, each) }); asked != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func startPurging(t *testing.T, more ...string) *program {
	t.Helper()
	all := caching(anonymous(everyDoor()), "user: {depends: nothing, negative_ttl: 1m}", "product: {depends: nothing, negative_ttl: 1m}", "order: {depends: nothing}", "payment: {depends: nothing}")
	for _, each := range more {
		all = with(all, "cache", each)
	}
	return startKeeping(t, all, grouped, forAll)
}

// purges are purges as they are asked for, and what they end of the stock.
func purges() map[string]string {
	everything := make([]string, 0, len(stock()))
	for name := range stock() {
		everything = append(everything, name)
	}
	slices.Sort(everything)
	const products = "a batch of 2, a list of all, a record of 3, a record of 4, an escaped path 5 5, product 1, product 2, products"
	return map[string]string{
		`{"all": true}`:                                                       strings.Join(everything, ", "),
		`{"upstream": "product"}`:                                             products,
		`{"upstream": "product", "path": "/products/2"}`:                      "product 2",
		`{"upstream": "product", "path": "/products/5%205"}`:                  "an escaped path 5 5",
		`{"upstream": "product", "path": "/products"}`:                        "a batch of 2, a list of all, products",
		`{"upstream": "product", "group": "shelf"}`:                           "product 2",
		`{"upstream": "product", "group": "none"}`:                            "",
		`{"upstream": "user", "group": "shelf"}`:                              "",
		`{"upstream": "user", "group": "people"}`:                             "a record of user 8, user 7",
		`{"type": "Product", "id": "3"}`:                                      "a batch of 2, a list of all, a record of 3, an escaped path 5 5, products",
		`{"type": "Product", "id": "99"}`:                                     "a batch of 2, a list of all, an escaped path 5 5, products",
		`{"type": "Payment", "id": "99"}`:                                     "an order's payment",
		`{"type": "User", "id": "7"}`:                                         "user 7",
		`{"purges": [{"type": "Product", "id": "4"}, {"upstream": "order"}]}`: "a batch of 2, a list of all, a record of 4, an escaped path 5 5, an order, an order's payment, products",
	}
}

func TestOperatorsPurgeWhatTheyName(t *testing.T) {
	t.Parallel()
	p := startPurging(t)
	for what, want := range purges() {
		p.warm(t, stock())
		p.purge(t, what)
		if got := strings.Join(p.askedAnew(t, stock()), ", "); got != want {
			t.Errorf("%s ends %s, want %s", what, got, want)
		}
	}
}

// purging asks the admin listener for a purge.
func (p *program) purging(t *testing.T, method, form, what string) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, p.admin+"/purge", strings.NewReader(what))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", form)
	return send(t, req)
}

func TestAPurgeThatNobodyUnderstandsEndsNothing(t *testing.T) {
	t.Parallel()
	p := startPurging(t)
	p.warm(t, stock())
	for _, c := range []struct {
		method, form, what string
		status             int
	}{
		{"GET", "application/json", `{"all": true}`, 405},
		{"PUT", "application/json", `{"all": true}`, 405},
		{"POST", "text/plain", `{"all": true}`, 415},
		{"POST", "", `{"all": true}`, 415},
		{"POST", "application/x-www-form-urlencoded", `all=true`, 415},
		{"POST", "application/json", ``, 400},
		{"POST", "application/json", `{}`, 400},
		{"POST", "application/json", `[]`, 400},
		{"POST", "application/json", `{"all": false}`, 400},
		{"POST", "application/json", `{"all": true, "upstream": "product"}`, 400},
		{"POST", "application/json", `{"upstream": "nobody"}`, 400},
		{"POST", "application/json", `{"upstream": "product", "path": "products"}`, 400},
		{"POST", "application/json", `{"upstream": "product", "path": "/products?limit=3"}`, 400},
		{"POST", "application/json", `{"path": "/products"}`, 400},
		{"POST", "application/json", `{"upstream": "product", "path": "/products", "group": "shelf"}`, 400},
		{"POST", "application/json", `{"type": "Product"}`, 400},
		{"POST", "application/json", `{"type": "Product", "id": 3}`, 400},
		{"POST", "application/json", `{"type": "Product", "id": "0"}`, 400},
		{"POST", "application/json", `{"type": "Product", "id": "03"}`, 400},
		{"POST", "application/json", `{"type": "Money", "id": "3"}`, 400},
		{"POST", "application/json", `{"type": "Product", "id": "3", "tag": "x"}`, 400},
		{"POST", "application/json", `{"purges": []}`, 400},
		{"POST", "application/json", `{"purges": [{"type": "Product", "id": "3"}, {"all": 1}]}`, 400},
		{"POST", "application/json", `{"purges": [{"type": "Product", "id": "3"}, {}]}`, 400},
		{"POST", "application/json", `{"all": true} {"all": true}`, 400},
		{"POST", "application/json", `{"group": "` + strings.Repeat("x", 70<<10) + `"}`, 413},
	} {
		if r := p.purging(t, c.method, c.form, c.what); r.status != c.status || c.status == 400 && !bytes.Contains(r.body, []byte("BAD_USER_INPUT")) {
			t.Errorf("%s %s %.80s is answered with %d %s, want %d", c.method, c.form, c.what, r.status, r.body, c.status)
		}
	}
	if r := p.speak(t, "POST /purge\nAs: admin\nContent-Type: application/json\n\n{\"all\": true}"); r.status != http.StatusNotFound {
		t.Errorf("clients are answered with %d %s", r.status, r.body)
	}
	if got := p.askedAnew(t, stock()); len(got) > 0 {
		t.Errorf("they end %s", got)
	}
}

func TestWhereNothingIsKeptThereIsNothingToPurge(t *testing.T) {
	t.Parallel()
	p := startKeeping(t, with(everyDoor(), "cache", "enabled: false"))
	if r := p.purging(t, "POST", "application/json", `{"all": true}`); r.status != http.StatusNotFound {
		t.Errorf("a purge is answered with %d %s", r.status, r.body)
	}
	for range 2 {
		if asked := p.asking(func() { p.read(t, "customer GET /v2/products/2") }); asked != "product GET /products/2" {
			t.Errorf("services were asked %s", asked)
		}
	}
}

// message is what a sender tells, signed as Standard Webhooks has it.
type message struct {
	path, body, secret string
	method             string
	at                 time.Duration // from now
	change             func(http.Header)
}

func (p *program) told(t *testing.T, m message) reply {
	t.Helper()
	if m.method == "" {
		m.method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(t.Context(), m.method, p.public+m.path, strings.NewReader(m.body))
	if err != nil {
		t.Fatal(err)
	}
	at := strconv.FormatInt(time.Now().Add(m.at).Unix(), 10)
	sum := hmac.New(sha256.New, []byte(m.secret))
	_, _ = fmt.Fprintf(sum, "msg_1.%s.%s", at, m.body)
	req.Header = http.Header{
		"Webhook-Id": {"msg_1"}, "Webhook-Timestamp": {at}, "Webhook-Signature": {"v1," + base64.StdEncoding.EncodeToString(sum.Sum(nil))}, "Content-Type": {"application/json"},
	}
	if m.change != nil {
		m.change(req.Header)
	}
	return send(t, req)
}

func TestServicesTellWhatOfTheirsHasChanged(t *testing.T) {
	t.Parallel()
	const secret, other = "a-secret-of-the-catalogue-alone", "a-secret-of-nobody-that-is-known"
	p := startPurging(t, `webhook: {path: /hooks/purge, senders: [{name: catalogue, secrets: ["`+secret+`"], upstreams: [product]}]}`)
	const of3 = `{"type": "Product", "id": "3"}`
	for name, c := range map[string]struct {
		message

		status int
		ends   string
	}{
		"a record":              {message{body: of3}, 200, "a batch of 2, a list of all, a record of 3, an escaped path 5 5, products"},
		"a path":                {message{body: `{"upstream": "product", "path": "/products/2"}`}, 200, "product 2"},
		"a group":               {message{body: `{"upstream": "product", "group": "sale"}`}, 200, "product 2"},
		"by another secret":     {message{body: of3, secret: other}, 401, ""},
		"by none":               {message{body: of3, change: func(h http.Header) { h.Del("Webhook-Signature") }}, 401, ""},
		"of another message":    {message{body: of3, change: func(h http.Header) { h.Set("Webhook-Id", "msg_2") }}, 401, ""},
		"long ago":              {message{body: of3, at: -6 * time.Minute}, 401, ""},
		"later":                 {message{body: of3, at: 6 * time.Minute}, 401, ""},
		"with somebody's token": {message{body: of3, secret: other, change: func(h http.Header) { h.Set("Authorization", "Bearer "+p.token(t, "admin")) }}, 401, ""},
		"of another service":    {message{body: `{"upstream": "user"}`}, 403, ""},
		"of another's record":   {message{body: `{"type": "User", "id": "7"}`}, 403, ""},
		"also of another":       {message{body: `{"purges": [` + of3 + `, {"upstream": "user"}]}`}, 403, ""},
		"of all":                {message{body: `{"all": true}`}, 403, ""},
		"no purge":              {message{body: `{"id": "3"}`}, 400, ""},
		"by GET":                {message{body: of3, method: "GET"}, 405, ""},
		"as text":               {message{body: of3, change: func(h http.Header) { h.Set("Content-Type", "text/plain") }}, 415, ""},
		"too long":              {message{body: of3 + strings.Repeat(" ", 70<<10)}, 413, ""},
		"elsewhere":             {message{body: of3, path: "/purge"}, 404, ""},
	} {
		if c.secret == "" {
			c.secret = secret
		}
		if c.path == "" {
			c.path = "/hooks/purge"
		}
		p.warm(t, stock())
		if r := p.told(t, c.message); r.status != c.status {
			t.Errorf("%s is answered with %d %s, want %d", name, r.status, r.body, c.status)
		}
		if got := strings.Join(p.askedAnew(t, stock()), ", "); got != c.ends {
			t.Errorf("%s ends %s, want %s", name, got, c.ends)
		}
	}
	for _, told := range []string{p.log.String(), string(get(t, p.admin+"/metrics").body)} {
		if strings.Contains(told, secret) {
			t.Error("the secret is told")
		}
	}
}

func TestAWriteEndsTheGroupsThatItsAnswerNames(t *testing.T) {
	t.Parallel()
	p := startKeeping(t, strings.Replace(caching(anonymous(everyDoor()), trusting()...), "\n  routes:\n", `
  routes:
    - {match: "PATCH /everybody", upstream: user, to: "/users/{identity.id}", as: updateProfile, returns: User, request: {query: {set: {everybody: "1"}}}}
`, 1), grouped, forAll)
	people := map[string]string{"user 7": "customer GET /v2/users/7", "user 8": "stranger GET /v2/users/8", "a record of user 9": "support { user(id: 9) { name } }", "product 2": "nobody GET /v2/products/2"}
	for path, want := range map[string]string{"/v2/me": "user 7", "/everybody": "a record of user 9, user 7, user 8"} {
		p.warm(t, people)
		if r := p.read(t, "customer PATCH "+path+"\nContent-Type: application/json\n\n{\"phone\": \"+1 555\"}"); r.status != http.StatusOK {
			t.Fatalf("%s is answered with %d %s", path, r.status, r.body)
		}
		if got := strings.Join(p.askedAnew(t, people), ", "); got != want {
			t.Errorf("%s ends %s, want %s", path, got, want)
		}
	}
}
