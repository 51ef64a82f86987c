package tests

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
)

// cachingSite is a gateway before a service whose answers are for everybody, cookies and all, and which finds out who calls. What
// else than the cache would answer in its place, or ask it again, is off.
const cachingSite = `
server: {listen: "127.0.0.1:0"}
admin: {listen: "127.0.0.1:0"}
auth: {issuers: [{keys: {secret: "the-secret-of-the-tests-is-no-secret-at-all"}}]}
cache: {enabled: true}
rest:
  routes:
    - {match: "/{path...}", upstream: origin, raw: true, public: true, authentication: service, forward: [Authorization, Cookie]}
upstreams:
  user: {urls: ["http://127.0.0.1:1"]}
  order: {urls: ["http://127.0.0.1:1"]}
  product: {urls: ["http://127.0.0.1:1"]}
  payment: {urls: ["http://127.0.0.1:1"]}
  origin:
    urls: ["%s"]
    retry: {max: 0}
    outlier: {consecutive_failures: 0, success_rate: {endpoints: 0}}
    breaker: {enabled: false}
    endpoint_breaker: {enabled: false}
    concurrency: {adaptive: false}
    cache: {depends: nothing, cookies: true}
`

// suite is where the tests of HTTP caches are, http-cache-tests of npm. Each asks the suite's own server by way of a cache, and
// looks at both sides.
const suite = "httpcache/node_modules/http-cache-tests"

// cacheTest is one of the suite, and what it says of its end.
type cacheTest struct {
	Group, ID, Kind, Verdict, Detail string
	// Counts is false where the test is of what no standard has.
	Counts bool
}

// The suite has 160 required tests. Three of them are for browsers alone, and nobody else is asked them.
func TestTheCacheKeepsTheRulesOfHTTPCaches(t *testing.T) {
	t.Parallel()
	inOneRun(t)
	s := startRaw(t, fmt.Sprintf(cachingSite, cacheOrigin(t)))
	all := judged(t, fetched(t, s.public))
	required := slices.DeleteFunc(slices.Clone(all), func(v cacheTest) bool { return v.Kind != "required" || !v.Counts })
	failed := slices.DeleteFunc(slices.Clone(required), func(v cacheTest) bool { return v.Verdict == "pass" })
	t.Logf("%d of %d required tests pass\n%s", len(required)-len(failed), len(required), table(failed))
	t.Logf("the others:\n%s", census(all))
	if len(required) != 160 || len(required)-len(failed) < 150 {
		t.Errorf("%d of %d required tests pass, want 150 of 160 at least", len(required)-len(failed), len(required))
	}
	for _, v := range failed {
		if slices.Contains([]string{"auth", "invalidation", "vary", "vary-parse", "update304"}, v.Group) {
			t.Errorf("%s: %s %s", v.ID, v.Verdict, v.Detail)
		}
	}
}

// table is a line for each test.
func table(tests []cacheTest) string {
	var text strings.Builder
	columns := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for _, v := range tests {
		_, _ = fmt.Fprintf(columns, "%s\t%s\t%s\t%s\n", v.Group, v.ID, v.Verdict, v.Detail)
	}
	_ = columns.Flush() // into memory
	return text.String()
}

// census is how many tests of each kind ended how.
func census(tests []cacheTest) string {
	counts := make(map[string]int)
	for _, v := range tests {
		kind := v.Kind
		if !v.Counts {
			kind += ", of no standard"
		}
		counts[kind+": "+v.Verdict]++
	}
	lines := make([]string, 0, len(counts))
	for of, n := range counts {
		lines = append(lines, fmt.Sprintf("%s: %d", of, n))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// cacheOrigin runs the suite's server until the test ends, and returns its URL. It serves files too, so it stands where none are.
func cacheOrigin(t *testing.T) string {
	t.Helper()
	server := nodejs(t, context.WithoutCancel(t.Context()), suite+"/server/server.mjs")
	output := new(lines)
	server.Stdout, server.Stderr = output, output
	server.Env = []string{"npm_config_protocol=http", "npm_config_port=0", "npm_config_pidfile=" + filepath.Join(server.Dir, "pid")}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait() // which says that it was killed
	})
	return "http://127.0.0.1:" + said(t, output, `Listening on http://\S*:(\d+)/`)[1]
}

// fetched is what the suite's client finds out about a cache.
func fetched(t *testing.T, url string) []byte {
	t.Helper()
	client := nodejs(t, t.Context(), suite+"/cli.mjs")
	client.Env = []string{"npm_config_base=" + url, "npm_config_id=", "npm_package_config_id="}
	return outputOf(t, client)
}

// judged is what the suite says of that.
func judged(t *testing.T, results []byte) (all []cacheTest) {
	t.Helper()
	judge := nodejs(t, t.Context(), "httpcache/verdicts.mjs")
	judge.Stdin = bytes.NewReader(results)
	for lines := json.NewDecoder(bytes.NewReader(outputOf(t, judge))); lines.More(); {
		var v cacheTest
		if err := lines.Decode(&v); err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	return all
}

// nodejs is a program for Node.js to be run, in a folder where nothing is.
func nodejs(t *testing.T, ctx context.Context, file string) *exec.Cmd { //nolint:revive // t is first in all helpers
	t.Helper()
	file, err := filepath.Abs(file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(file); err != nil {
		t.Fatalf("%v: make setup-httpcache installs what this test needs", err)
	}
	run := exec.CommandContext(ctx, needed(t, "node"), "--no-warnings", file)
	run.Dir = t.TempDir()
	return run
}

func outputOf(t *testing.T, command *exec.Cmd) []byte {
	t.Helper()
	complaints := new(strings.Builder)
	command.Stderr = complaints
	output, err := command.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, complaints)
	}
	return output
}
