package tests

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/demo"
	"github.com/concierge-gateway/concierge/gateway"
)

// secretNames are the members that nobody may see, by the service that has them, and the card's number, of which nobody may see
// more than its end.
func secretNames() map[string][]string {
	return map[string][]string{
		demo.User:    {"password_hash", "api_token"},
		demo.Order:   {"internal_margin"},
		demo.Product: {"supplier_cost"},
		demo.Payment: {"card_cvv", "processor_ref", "risk_score", "card_number"},
	}
}

// secrets are the values of those members in the sample services' records, and what services say that misbehave.
var secrets = regexp.MustCompile(`canary|81\d{5}\.81|82\d{5}\.82|0\.83\d{6}|4\s*0\s*0\s*0\s*0\s*0\s*\d{3}`)

// typesOf are the types of the schema that stand for a service's records.
func typesOf() map[string]string {
	return map[string]string{demo.User: "User", demo.Order: "Order", demo.Product: "Product", demo.Payment: "Payment"}
}

// attempts are routes that try to show a member, in each way that a route has.
func attempts() []string {
	var routes []string
	for service, names := range secretNames() {
		own := typesOf()[service]
		for _, name := range names {
			routes = append(routes, attemptsAt(service, own, name)...)
		}
		for _, other := range typesOf() {
			routes = append(routes, "upstream: "+service+"\nreturns: "+other)
		}
		routes = append(routes, "upstream: "+service+"\nraw: true")
	}
	slices.Sort(routes)
	return routes
}

// disguises are paths that lead to a member, or that somebody could take for it.
func disguises(name string) []string {
	escaped := fmt.Sprintf(`\u%04x%s`, name[0], name[1:])
	return []string{
		name, "/" + name, name + "/", "//" + name, name + "/x", name + "/0", "x/" + name, "extra/" + name, "address/" + name, "items/" + name,
		"extra", "extra/deep", "items", "address", strings.ToUpper(name), " " + name, name + " ", name + "~0", "~1" + name, "extra~1" + name, escaped,
		`"` + name + `"`, "*", ".", "..", "", "$." + name, "extra." + name, "[0]/" + name, "-",
	}
}

// attemptsAt are the ways to try it with one member. All of them are tried with its name, and of the disguises each with some.
func attemptsAt(service, own, name string) []string {
	var routes []string
	for i, path := range disguises(name) {
		ways := waysTo(own, strconv.Quote(path), strconv.Quote("/"+path))
		for j, way := range ways {
			if i == 0 || (i+j+len(name))%5 == 0 {
				routes = append(routes, "upstream: "+service+"\n"+way)
			}
		}
	}
	return routes
}

// waysTo are routes that may show what is at a path.
func waysTo(own, path, pointer string) []string {
	return []string{
		"returns: " + own + "\nexpose: [" + path + "]",
		"expose: [id, extra, " + path + "]",
		"expose: [extra, items, address, " + path + "]\nrename: {" + path + ": shown}",
		"returns: " + own + "\nrename: {" + path + ": shown}",
		"returns: " + own + "\nrename: {id: " + path + "}",
		"returns: " + own + "\nresponse: {drop: [" + path + "]}",
		"returns: " + own + "\nresponse: {add: {" + path + ": \"{path.id}\"}}",
		"parts: {" + pointer + ": " + own + "}",
		"parts: {/extra: " + own + ", " + pointer + ": " + own + "}\nexpose: [" + path + "]",
		"parts: {/items: " + own + "}\nexpose: [extra, " + pointer + "]",
		"expose: [extra]\nrename: {extra/deep: " + path + "}",
		"expose: [items, address]\nparts: {/extra: " + own + "}\nrename: {" + path + ": shown}",
		"raw: true\nexpose: [" + path + "]",
	}
}

// accepted are those of the attempts that a gateway takes, each with a path of its own.
func accepted(t *testing.T, services *demo.Services, tried []string) (yaml string, routes int) {
	t.Helper()
	for i, each := range tried {
		tried[i] = fmt.Sprintf("match: GET /r%d/{id}\nto: /{id}\n%s", i, each)
	}
	for {
		yaml = withRoutes(nil, tried...)
		_, err := config.Parse([]byte(yaml), "test.yml", variables(services), gateway.Check)
		if err == nil {
			return yaml, len(tried)
		}
		wrong := make(map[int]bool)
		for _, found := range regexp.MustCompile(`rest\.routes\[(\d+)\]`).FindAllStringSubmatch(err.Error(), -1) {
			i, _ := strconv.Atoi(found[1])
			wrong[i] = true
		}
		if len(wrong) == 0 {
			t.Fatal(err)
		}
		var left []string
		for i, each := range tried {
			if !wrong[i] {
				left = append(left, each)
			}
		}
		tried = left
	}
}

// leaking are services that answer with more than they should, in the way that the path of a call says.
func leaking(service string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch _, manner, _ := strings.Cut(r.URL.Path, "/"); manner {
		case "one":
			r.URL.Path = "/" + service + "s/17"
			next.ServeHTTP(w, r)
		case "list":
			r.URL.Path, r.URL.RawQuery = "/"+service+"s", "ids=16,17,18"
			if service == demo.Payment {
				r.URL.RawQuery = "order_ids=4983,4984,4985"
			}
			next.ServeHTTP(w, r)
		default:
			answer := leaks(service, manner)
			w.Header().Set("Content-Type", answer.form)
			w.Header().Set("X-Password-Hash", "told only to the gateway")
			w.WriteHeader(answer.status)
			_, _ = io.WriteString(w, answer.body)
		}
	})
}

// leak is a service's answer that holds what nobody may see.
type leak struct {
	status     int
	form, body string
}

func leaks(service, manner string) leak {
	names := secretNames()[service]
	members := func(form string) string {
		var all []string
		for _, name := range names {
			all = append(all, strings.NewReplacer("NAME", name, "ESCAPED", fmt.Sprintf(`%s\u%04x%s`, name[:2], name[2], name[3:])).Replace(form))
		}
		return strings.Join(all, ",")
	}
	all := members(`"NAME":"canary 4000001234567890"`)
	hidden := members(`"ESCAPED":{"id":"canary","name":["canary"]}`)
	switch manner {
	case "hidden":
		record := `{"id":1,"extra":{` + all + `,"deep":[{` + hidden + `}]},"address":{` + all + `,"city":{` + all + `}},` +
			`"items":[{` + all + `,"extra":{` + all + `}},[{` + hidden + `}]],"name":{` + all + `},"x":{` + all + `},"total":[{` + hidden + `}],` + all + `}`
		return leak{200, plainJSON, `[` + record + `,"canary",[[{` + hidden + `,"id":{` + hidden + `},"extra":[{` + hidden + `}]}]]]`}
	case "twice":
		return leak{200, plainJSON, `{"id":1,` + all + `,` + hidden + `,"extra":{` + all + `,` + hidden + `}}`}
	case "cut":
		return leak{200, plainJSON, `{"id":1,` + all + `,"extra":{` + all + `,"canary`}
	default:
		return leak{422, problemJSON, `{"title":"canary","detail":"canary",` + all +
			`,"errors":[{"field":"the canary","code":"A"},{"field":"id","code":"canary"},{"field":"id","code":"CODE","detail":"canary"}]}`}
	}
}

// Whatever a configuration says, if it is taken at all, no byte of any answer is of what nobody may see.
func TestNoConfigurationShowsWhatNobodyMaySee(t *testing.T) {
	t.Parallel()
	services, err := demo.Start(demo.Options{Wrap: leaking})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = services.Close() })
	manners := []string{"one", "list", "hidden", "twice", "cut", "refused"}
	for _, service := range demo.Names() {
		for _, manner := range manners {
			if r := get(t, services.URLs(service)[0]+"/"+manner); !secrets.Match(r.body) {
				t.Fatalf("the %s service itself shows nothing secret by %s: %s", service, manner, r.body)
			}
		}
	}
	tried := attempts()
	yaml, routes := accepted(t, services, tried)
	t.Logf("of %d routes that try, %d are taken", len(tried), routes)
	if routes < len(tried)/4 || strings.Contains(yaml, "raw: true") {
		t.Fatalf("of %d routes, %d are taken, and it is said that one is raw: %t", len(tried), routes, strings.Contains(yaml, "raw: true"))
	}
	p := startBefore(t, services, yaml)
	var asked []string
	for _, prefix := range regexp.MustCompile(`GET (/r\d+)`).FindAllStringSubmatch(yaml, -1) {
		for _, manner := range manners {
			asked = append(asked, p.public+prefix[1]+"/"+manner)
		}
	}
	shown := p.search(t, asked)
	if shown[http.StatusOK] < routes || shown[http.StatusBadGateway] < routes || shown[http.StatusUnprocessableEntity] != routes {
		t.Errorf("the answers, by status, are %v", shown)
	}
	saysNothingOf(t, p.log.String(), "canary")
}

// search asks for URLs, and fails where anything of an answer is secret. It returns how many answers there are of each status.
func (p *program) search(t *testing.T, urls []string) map[int]int {
	t.Helper()
	token := p.token(t, "admin")
	var mu sync.Mutex
	statuses := make(map[int]int)
	next := make(chan string)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for url := range next {
				status, text, err := dumped(t, url, token)
				mu.Lock()
				statuses[status]++
				mu.Unlock()
				if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Errorf("%s: %v", url, err)
				}
				if found := secrets.FindString(text); found != "" {
					t.Errorf("%s shows %q:\n%s", url, found, text)
				}
			}
		})
	}
	for _, url := range urls {
		next <- url
	}
	close(next)
	all.Wait()
	return statuses
}

// dumped is an answer with every byte of it.
func dumped(t *testing.T, url, token string) (status int, text string, err error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		return 0, "", err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	head, err := httputil.DumpResponse(res, false)
	if err != nil {
		return 0, "", err
	}
	body, err := io.ReadAll(res.Body)
	return res.StatusCode, string(head) + string(body) + fmt.Sprint(res.Trailer), err
}

// refusedBy is what check says of a configuration that has a mistake.
func refusedBy(t *testing.T, services *demo.Services, yaml string) string {
	t.Helper()
	_, err := config.Parse([]byte(yaml), "test.yml", variables(services), gateway.Check)
	if err == nil {
		return "nothing"
	}
	return err.Error()
}

func TestAConfigurationThatWouldShowWhatNobodyMaySeeIsRefused(t *testing.T) {
	services := recorded(t)
	of := func(lines string) string { return "match: GET /users/{id}\nupstream: user\n" + lines }
	for name, c := range map[string]struct{ route, want string }{
		"says nothing":     {of(""), "routes[0].returns: must name the type"},
		"exposes it":       {of("expose: [password_hash]"), "routes[0].expose[0]: is a member that nobody may see"},
		"beside a type":    {of("returns: User\nexpose: [notes, api_token]"), "routes[0].expose[1]: is a member that nobody may see"},
		"another service":  {of("returns: User\nexpose: [risk_score]"), "routes[0].expose[0]: is a member that nobody may see"},
		"within another":   {of("expose: [account/password_hash]"), "routes[0].expose[0]: is a member that nobody may see"},
		"what is in it":    {of("expose: [password_hash/salt]"), "routes[0].expose[0]: is a member that nobody may see"},
		"from the top":     {of("parts: {/users: User}\nexpose: [/users/password_hash]"), "routes[0].expose[0]: is a member that nobody may see"},
		"renames it":       {of("returns: User\nrename: {password_hash: checksum}"), "routes[0].rename"},
		"out of another":   {of("expose: [account]\nrename: {account/password_hash: checksum}"), "routes[0].rename"},
		"takes it for one": {of("parts: {/password_hash: User}"), "routes[0].parts./password_hash: is a member that nobody may see"},
		"all of a card": {
			"match: GET /p\nupstream: payment\nreturns: Payment\nexpose: [card_number]", "routes[0].expose[0]: is a member of which only the end",
		},
		"a card alone":    {"match: GET /p\nupstream: payment\nexpose: [card_number]", "routes[0].expose[0]: is a member of which only the end"},
		"raw":             {of("raw: true"), "routes[0].raw: cannot lead to the user service"},
		"a part of raw":   {of("returns: User\nsplit: [{weight: 1, upstream: other}]\nraw: true"), "routes[0].raw"},
		"raw after all":   {"match: GET /users/{id}\nupstream: other\nraw: true\nsplit: [{weight: 1, upstream: user}]", "routes[0].raw: cannot lead to the user"},
		"no such type":    {of("returns: Users"), "routes[0].returns: must be a type of the schema"},
		"a type of none":  {of("returns: PageInfo"), "routes[0].returns: must be a type of the schema"},
		"a type of input": {of("returns: UpdateProfileInput"), "routes[0].returns: must be a type of the schema"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := refusedBy(t, services, withRoutes(newOther(t), c.route)); !strings.Contains(got, c.want) {
				t.Errorf("check says %s, want %q", got, c.want)
			}
		})
	}
}

// A service has the same records by whatever name it is called.
func TestARecordServiceIsRawByNoOtherName(t *testing.T) {
	services := recorded(t)
	url := services.URLs(demo.User)[1]
	for _, alias := range []string{
		url, url + "/", url + "/users", strings.Replace(url, "127.0.0.1", "localhost", 1), strings.Replace(url, "127.0.0.1", "LOCALHOST.", 1),
		strings.Replace(url, "127.0.0.1", "[::1]", 1), strings.Replace(url, "http:", "https:", 1),
	} {
		yaml := with(withRoutes(nil, "match: GET /{path...}\nupstream: twin\nraw: true"), "upstreams", fmt.Sprintf("twin: {urls: [%q]}", alias))
		if got, want := refusedBy(t, services, yaml), "routes[0].raw: cannot lead to the twin service"; !strings.Contains(got, want) {
			t.Errorf("for %s check says %s, want %q", alias, got, want)
		}
	}
}
