package tests

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/concierge-gateway/concierge/demo"
)

// fileKind are the records of a service that there is no client for.
const fileKind = "file"

// mart are stand-ins for all services. What they answer says of each record how often it was written, and for whom the answer was
// made. They speak to caches in all manners.
type mart struct {
	urls    map[string]string
	traffic *crossing
	// careless is a service that tells callers apart whatever it declares.
	careless string
	// plain lets answers speak to caches as the bearings have it, and in no other way.
	plain bool
	// few is of how many records of each kind somebody asks for one by one, 0 for all.
	few int

	mu       sync.Mutex
	random   *rand.Rand
	bearings map[string]string // by service, for a while
	failing  map[string]bool   // services that cannot read now
	mishaps  map[ref]string    // what becomes of the next write of a record
	goods    map[ref]*good
	teams    map[string]int64   // how often all records of a group were changed together, by team
	calls    []string           // the last ones
	wrote    map[ref][][]effect // what each write have changed, by the record that they were of
}

// good is a record.
type good struct {
	version int64
	user    int64   // whose an order is
	order   int64   // what a payment is for
	items   []int64 // the products of an order
}

// effect is what a write has left of a record, or of a team.
type effect struct {
	ref

	team    string
	version int64
}

// beacons are products from this id on: nobody knows them before they are asked for, and no list has them.
const beacons = 1_000_000

// kinds are the services, and where their records are.
var kinds = map[string]string{
	demo.User: "users", demo.Order: "orders", demo.Product: "products", demo.Payment: "payments", fileKind: "files",
}

// openMart runs the services until the test ends.
func openMart(t *testing.T) *mart {
	t.Helper()
	m := &mart{
		urls: make(map[string]string), traffic: &crossing{share: 25, random: rand.New(rand.NewPCG(1, 2))},
		random: rand.New(rand.NewPCG(3, 4)), bearings: make(map[string]string), failing: make(map[string]bool),
		mishaps: make(map[ref]string), goods: make(map[ref]*good), teams: make(map[string]int64), wrote: make(map[ref][][]effect),
	}
	for _, kind := range sortedKinds() {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { m.serve(kind, w, r) }))
		t.Cleanup(server.Close)
		m.urls[kind] = server.URL
	}
	for id := range int64(6) {
		for _, kind := range []string{demo.User, demo.Product, fileKind} {
			m.goods[ref{kind, id + 1}] = &good{version: 1}
		}
	}
	for id := range int64(8) {
		m.goods[ref{demo.Order, id + 1}] = &good{version: 1, user: id%6 + 1, items: []int64{id%6 + 1, (id+2)%6 + 1}}
		if id%2 == 0 {
			m.goods[ref{demo.Payment, id + 1}] = &good{version: 1, order: id + 1}
		}
	}
	return m
}

func sortedKinds() []string { return slices.Sorted(maps.Keys(kinds)) }

// serve answers a call. It stands still now and then: before it looks, and with what it has seen.
func (m *mart) serve(kind string, w http.ResponseWriter, r *http.Request) {
	m.traffic.pass(r.Context())
	a := m.answer(kind, r)
	m.traffic.pass(r.Context())
	m.note(r, a)
	a.write(w, r)
}

// lastCalls is how many calls are remembered.
const lastCalls = 40

// note remembers a call that is answered now.
func (m *mart) note(r *http.Request, a *martAnswer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var line strings.Builder
	fmt.Fprintf(&line, "%s %s by %q %q %q", r.Method, r.URL.RequestURI(), r.Header.Get("X-User-Id"), r.Header.Get("X-User-Scopes"), r.Header.Get("X-User-Tenant"))
	for _, name := range []string{"Accept-Language", "If-None-Match", "If-Modified-Since"} {
		if r.Header.Get(name) != "" {
			fmt.Fprintf(&line, " %s=%s", name, r.Header.Get(name))
		}
	}
	fmt.Fprintf(&line, ": %d %v", a.status, a.header)
	for _, each := range stampsIn([]byte(a.body)) {
		line.WriteString(" " + each.text())
	}
	m.calls = append(m.calls[max(0, len(m.calls)-lastCalls):], line.String())
}

func (m *mart) latest() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return strings.Join(m.calls, "\n")
}

// martAnswer is what a service answers.
type martAnswer struct {
	status  int
	body    string
	header  http.Header
	tag     string
	changed time.Time
	breaks  bool
}

func (a *martAnswer) write(w http.ResponseWriter, r *http.Request) {
	if a.breaks {
		panic(http.ErrAbortHandler)
	}
	maps.Copy(w.Header(), a.header)
	if a.status == http.StatusOK && a.isKnown(r.Header) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Set("Content-Type", plainJSON)
	w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	_, _ = w.Write([]byte(a.body))
}

// isKnown reports whether whoever asks has the answer already.
func (a *martAnswer) isKnown(asked http.Header) bool {
	if tags := asked.Get("If-None-Match"); tags != "" {
		return a.header.Get("ETag") != "" && strings.Contains(tags, a.tag)
	}
	since, err := http.ParseTime(asked.Get("If-Modified-Since"))
	return err == nil && a.header.Get("Last-Modified") != "" && !a.changed.After(since)
}

// answer looks at the records.
func (m *mart) answer(kind string, r *http.Request) *martAnswer {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return m.write(kind, r)
	}
	if m.failing[kind] {
		return &martAnswer{status: http.StatusServiceUnavailable, body: "{}"}
	}
	return m.read(kind, r)
}

// sorted are the records of a kind for which something is so, by their ids.
func (m *mart) sorted(kind string, so func(id int64, g *good) bool) (ids []int64) {
	for at, g := range m.goods {
		if at.kind == kind && at.id < beacons && so(at.id, g) {
			ids = append(ids, at.id)
		}
	}
	slices.SortFunc(ids, cmp.Compare)
	return ids
}

// tagOf is by what answers are recognised.
func tagOf(text string) string {
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(text))
	return `"` + strconv.FormatUint(hash.Sum64(), 36) + `"`
}
