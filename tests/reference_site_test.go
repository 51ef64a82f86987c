package tests

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/concierge-gateway/concierge/demo"
)

// reference is a plain GraphQL server that runs in Node.js (tests/reference). It is asked by many at the same time.
type reference struct {
	to io.Writer

	mu      sync.Mutex
	asked   int
	waiting map[int]chan json.RawMessage
}

// startReference runs the reference until the test ends.
func startReference(t *testing.T) *reference {
	t.Helper()
	installed(t)
	run := nodejs(t, context.WithoutCancel(t.Context()), "reference/reference.mjs")
	complaints := new(strings.Builder)
	run.Stderr = complaints
	to, err := run.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	from, err := run.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	r := &reference{to: to, waiting: make(map[int]chan json.RawMessage)}
	read := make(chan struct{})
	go func() {
		defer close(read)
		r.read(from)
	}()
	t.Cleanup(func() {
		_ = to.Close() // which ends it
		<-read
		if err := run.Wait(); err != nil {
			t.Errorf("the reference ended with: %v\n%s", err, complaints)
		}
	})
	return r
}

// read hands answers to who waits for them.
func (r *reference) read(from io.Reader) {
	lines := bufio.NewReader(from)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			break
		}
		var head struct{ ID int }
		_ = json.Unmarshal(line, &head) // an id that there is not is nobody's
		r.mu.Lock()
		if waiting, ok := r.waiting[head.ID]; ok {
			waiting <- line
			delete(r.waiting, head.ID)
		}
		r.mu.Unlock()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, waiting := range r.waiting {
		close(waiting)
	}
	r.waiting = nil
}

// ask asks a question and reads its answer.
func (r *reference) ask(question map[string]any, into any) error {
	waiting := make(chan json.RawMessage, 1)
	r.mu.Lock()
	if r.waiting == nil {
		r.mu.Unlock()
		return io.ErrUnexpectedEOF
	}
	r.asked++
	question["id"] = r.asked
	r.waiting[r.asked] = waiting
	_, err := io.WriteString(r.to, inJSON(question)+"\n")
	r.mu.Unlock()
	if err != nil {
		return fmt.Errorf("ask the reference: %w", err)
	}
	answer, ok := <-waiting
	if !ok {
		return io.ErrUnexpectedEOF
	}
	return json.Unmarshal(answer, into)
}

// referred is a gateway and the reference before the same services, some of whose records cannot be read when they are broken.
type referred struct {
	*side
	*reference

	broken atomic.Bool
	client *http.Client
	tally  struct{ compared, nulls, bytes, limited, ahead atomic.Int64 }
}

// referredCaller may do and see everything.
const referredCaller = "1"

func referredScopes() string {
	var all []string
	for _, each := range demo.Principals() {
		all = append(all, each.Scopes...)
	}
	return strings.Join(all, " ")
}

func startReferred(t *testing.T) *referred {
	t.Helper()
	r := &referred{client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8, DisableCompression: true}}}
	services, err := demo.Start(demo.Options{Wrap: r.breaking})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = services.Close() })
	yaml := patient(steadfast(unlimited(with(standard, "graphql", "demand: {mode: measure}"))))
	for _, service := range demo.Names() {
		yaml = inSection(yaml, service, "concurrency: {adaptive: false}\n    outlier: {consecutive_failures: 0}")
	}
	r.side = &side{program: startBefore(t, services, yaml)}
	t.Cleanup(r.client.CloseIdleConnections)
	r.reference = startReference(t)
	urls := make(map[string]string)
	for _, service := range demo.Names() {
		urls[service] = services.URLs(service)[0]
	}
	var about struct{ Query string }
	if err := r.ask(map[string]any{"ask": "introspection"}, &about); err != nil {
		t.Fatal(err)
	}
	var learned struct{ Data json.RawMessage }
	if err := json.Unmarshal(r.run(t, operation{as: "admin", query: about.Query}).body, &learned); err != nil {
		t.Fatal(err)
	}
	var opened struct {
		Types int
		Amiss []string
	}
	err = r.ask(map[string]any{"ask": "open", "introspected": learned.Data, "urls": urls}, &opened)
	if err != nil || opened.Types < 20 || len(opened.Amiss) > 0 {
		t.Fatalf("the reference has %d types, and says of the schema: %q, %v", opened.Types, opened.Amiss, err)
	}
	return r
}

// breaking is a wrap by which a seventh of the records has a number for a moment, when they are broken.
func (r *referred) breaking(_ string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if !r.broken.Load() {
			next.ServeHTTP(w, req)
			return
		}
		usual := httptest.NewRecorder()
		next.ServeHTTP(usual, req)
		body := brokenRecords(usual.Body.Bytes())
		w.Header().Set("Content-Type", usual.Header().Get("Content-Type"))
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(usual.Code)
		_, _ = w.Write(body)
	})
}

// wholeRecord is a record of a service, from its id to when it was made.
var wholeRecord = regexp.MustCompile(`(?:^|[\[,])\{"id":(\d+),.*?"created_at":("[^"]*")`)

func brokenRecords(body []byte) []byte {
	var text bytes.Buffer
	last := 0
	for _, at := range wholeRecord.FindAllSubmatchIndex(body, -1) {
		if id, _ := strconv.Atoi(string(body[at[2]:at[3]])); id%7 == 3 {
			text.Write(body[last:at[4]])
			text.WriteString("5")
			last = at[5]
		}
	}
	text.Write(body[last:])
	return text.Bytes()
}

// referredKnown are cursors and texts that lead somewhere.
func referredKnown() known {
	return known{cursors: []string{"bzow", "bzox", "bzoz", "bzo0OTk4", "bzo5OQ"}, texts: []string{"kitchen", "sports", "office", "nothing"}}
}

// newReading is the query of a seed and a number, as an author writes it for the trials of plans. Its variables fit, or do not.
func newReading(seed, number int, fitting bool) trial {
	for again := 0; ; again++ {
		writing := &author{Rand: rand.New(rand.NewPCG(uint64(seed), uint64(number)<<16|uint64(again))), schema: schema(), known: referredKnown()}
		c := trial{why: fmt.Sprintf("Reading %d of seed %d.", number, seed)}
		writing.write(&c)
		c.amiss = !fitting && writing.spoil()
		c.variables = writing.given()
		if strings.HasPrefix(c.query, "mutation") || c.amiss == fitting {
			continue
		}
		return c
	}
}
