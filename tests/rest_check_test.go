package tests

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// checked runs check on a configuration and returns what it says on either stream.
func checked(t *testing.T, yaml string) (code int, stdout, stderr string) {
	t.Helper()
	file := settings(t, yaml)
	p := run(t, []string{secret}, "check", "--config", file)
	code = p.end(t)
	return code, strings.ReplaceAll(p.stdout.String(), file, "FILE"), strings.ReplaceAll(p.stderr.String(), file, "FILE")
}

func TestCheckPrintsTheTableOfRoutes(t *testing.T) {
	code, stdout, stderr := checked(t, minimal+`
  weather: {urls: ["http://127.0.0.1:2"]}
rest:
  operations: builtin
  routes:
    - match: GET /{path...}
      upstream: weather
      raw: true
      to: /v9/{path...}
    - match: GET /users/{id}
      version: v2
      version_by: [path, header, media_type]
      default: true
      upstream: user
      returns: User
    - match: PATCH,PUT /users/me
      upstream: user
      to: /users/{identity.id}
      as: updateProfile
      expose: [id]
    - match: GET /users/me
      host: "*.Example.com"
      headers: {x-beta: "*"}
      query: {full: "1"}
      upstream: user
      to: /users/{identity.id}
      expose: [id]
      split: [{weight: 5, upstream: weather}]
`)
	want := `routes, the most specific first
  GET        *.example.com  /users/me               user/users/{identity.id}, 5% elsewhere in part  header X-Beta, query full=1
  PATCH,PUT                 /users/me               user/users/{identity.id} in part                
  GET                       /users/{id}             user/users/{id} User                            version v2 by API-Version or Accept or default
  GET                       /v2/me/orders           operation MyOrders                              
  POST                      /v2/orders              operation PlaceOrder                            
  GET                       /v2/orders/{id}/summary operation OrderSummary                          
  GET                       /v2/users/{id}          user/users/{id} User                            
  GET                       /v2/users/{id}/summary  operation UserSummary                           
  GET                       /{path...}              weather/v9/{path...} raw                        
`
	if code != 0 || stdout != "FILE has no mistakes\n" {
		t.Errorf("it exits with %d and says %s", code, stdout)
	}
	if diff := cmp.Diff(columns(want), columns(stderr)); diff != "" {
		t.Errorf("the table (-want +got):\n%s", diff)
	}
}

// columns is a table with one blank between its columns.
func columns(table string) string {
	return regexp.MustCompile(`(?m) +$`).ReplaceAllString(regexp.MustCompile(` {2,}`).ReplaceAllString(table, " "), "")
}

func TestCheckNamesBothOfTwoAmbiguousRoutes(t *testing.T) {
	for name, c := range map[string]struct{ routes, want string }{
		"the same path": {`
    - {match: "GET /users/{id}", upstream: user, returns: User}
    - {match: "GET /orders/{id}", upstream: order, returns: Order}
    - {match: "GET /users/{name}", upstream: user, returns: User}
`, "FILE:14:8: rest.routes[2].match: routes[2] (GET /users/{name}) answers requests that routes[0] (GET /users/{id}) answers as well"},
		"a shared method": {`
    - {match: "GET,PATCH /a", upstream: user, to: "/users/{identity.id}", returns: User, as: updateProfile}
    - {match: "PATCH,PUT /a", upstream: user, to: "/users/{identity.id}", returns: User, as: updateProfile}
`, "FILE:13:8: rest.routes[1].match: routes[1] (PATCH,PUT /a) answers requests that routes[0] (GET,PATCH /a) answers as well"},
		"conditions that do not exclude each other": {`
    - {match: "GET /a", upstream: user, returns: User, headers: {X-A: "1"}}
    - {match: "GET /a", upstream: user, returns: User, headers: {X-B: "1"}}
`, "FILE:13:8: rest.routes[1].match: routes[1] (GET /a with header X-B=1) answers requests that routes[0] (GET /a with header X-A=1) answers"},
		"two defaults": {`
    - {match: "GET /a", upstream: user, returns: User, version: v1, default: true}
    - {match: "GET /a", upstream: user, returns: User, version: v2, default: true}
`, "FILE:13:8: rest.routes[1].match: routes[1] (GET /v2/a) answers requests that routes[0] (GET /v1/a) answers as well"},
		"a version and a path": {`
    - {match: "GET /v1/a", upstream: user, returns: User}
    - {match: "GET /a", upstream: user, returns: User, version: v1}
`, "FILE:13:8: rest.routes[1].match: routes[1] (GET /v1/a) answers requests that routes[0] (GET /v1/a) answers as well"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := checked(t, minimal+"rest:\n  routes:"+c.routes)
			if code != 1 || stdout != "" || !strings.HasPrefix(stderr, c.want) || strings.Count(stderr, "\n") != 1 {
				t.Errorf("it exits with %d and says %s%s, want %s", code, stdout, stderr, c.want)
			}
		})
	}
}

// Each mistake is told with the line on which it stands.
func TestCheckListsEveryMistakeOfRoutes(t *testing.T) {
	code, stdout, stderr := checked(t, minimal+`
  weather: {urls: ["http://127.0.0.1:2"]}
  idle: {urls: ["http://127.0.0.1:2"]}
rest:
  routes:
    - match: GET users
      upstream: user
      returns: User
    - match: GET /a
      upstream: nobody
      returns: User
    - match: GET /b
      upstream: user
    - match: PATCH /c
      upstream: user
      returns: User
    - match: GET /d
      upstream: user
      returns: User
      expose: [password_hash]
    - match: GET /e/{id}
      upstream: user
      to: /users/{name}
      returns: User
    - match: GET /f
      upstream: user
      raw: true
    - match: PATCH /g
      upstream: user
      returns: User
      accepts: [role]
    - match: PATCH /h
      upstream: user
      returns: User
      as: promote
    - match: GET /i
      upstream: user
      returns: User
      rename:
        secret: public
    - match: GET /j
      upstream: user
      returns: User
      version: one
    - match: GET /k
      upstream: user
      returns: User
      deprecated: 2027-01-31
      sunset: 2026-01-31
    - match: GET /l
      upstream: user
      returns: User
      request:
        headers:
          set:
            X-Who: "{path.id}"
    - match: GET /m
      upstream: weather
      returns: User
      validate: true
    - match: GET /n
      upstream: user
      returns: User
      sunset: 2027-01-31
      successor: /n/{id}
`)
	if code != 1 || stdout != "" {
		t.Errorf("it exits with %d and says %s", code, stdout)
	}
	var got []string
	for line := range strings.Lines(stderr) {
		parts := strings.SplitN(line, " ", 3)
		if len(parts) < 3 || !strings.HasPrefix(line, "FILE:") {
			t.Fatalf("this line tells no place: %s", line)
		}
		got = append(got, parts[0]+" "+parts[1])
	}
	want := []string{
		"FILE:12:3: upstreams.idle:", "FILE:15:7: rest.routes[0].match:", "FILE:19:7: rest.routes[1].upstream:",
		"FILE:21:7: rest.routes[2].returns:", "FILE:23:7: rest.routes[3].as:", "FILE:29:16: rest.routes[4].expose[0]:",
		"FILE:32:7: rest.routes[5].to:", "FILE:36:7: rest.routes[6].raw:", "FILE:37:7: rest.routes[7].as:",
		"FILE:44:7: rest.routes[8].as:", "FILE:48:7: rest.routes[9].rename:", "FILE:53:7: rest.routes[10].version:",
		"FILE:58:7: rest.routes[11].sunset:", "FILE:65:13: rest.routes[12].request.headers.set.X-Who:",
		"FILE:69:7: rest.routes[13].validate:", "FILE:74:7: rest.routes[14].successor:",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the mistakes (-want +got):\n%s\n%s", diff, stderr)
	}
}

// The demo's configuration shows what a route can say, so it has to hold.
func TestTheExamplesOfRoutesHold(t *testing.T) {
	example, err := os.ReadFile(filepath.FromSlash("../gateway.example.yml"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(example), "\nrest:\n") {
		t.Error("the example says nothing of rest")
	}
	code, stdout, stderr := checked(t, strings.Replace(minimal, "\nupstreams:", "\nrest:\n"+indented(demoSection(), "  ")+"upstreams:", 1))
	if code != 0 || strings.Count(stderr, "operation ") != 4 {
		t.Errorf("it exits with %d and says %s%s", code, stdout, stderr)
	}
	if strings.Count(stderr, "\n") < 15 {
		t.Errorf("the table is short: %s", stderr)
	}
}
