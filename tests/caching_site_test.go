package tests

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/concierge-gateway/concierge/demo"
)

// caching is a configuration that keeps answers. Each line is what a service says of that, such as "product: {depends: nothing}".
func caching(yaml string, services ...string) string {
	yaml = with(yaml, "cache", "enabled: true")
	for _, each := range services {
		name, settings, _ := strings.Cut(each, ": ")
		head := "\n  " + name + ":\n"
		yaml = strings.Replace(yaml, head, head+"    cache: "+settings+"\n", 1)
	}
	return yaml
}

// everyDoor is a configuration with the routes of the demo.
func everyDoor() string { return withREST(nil, demoSection()) }

// trusting are services that answer the gateway the same, whoever asks.
func trusting() []string {
	return []string{
		"user: {depends: nothing}", "order: {depends: nothing}", "product: {depends: nothing}", "payment: {depends: nothing}",
	}
}

// wrap stands around a service, as demo.Options has it.
type wrap = func(service string, next http.Handler) http.Handler

// startKeeping runs a gateway before services whose answers may be kept for longer than any test takes.
func startKeeping(t *testing.T, yaml string, around ...wrap) *program {
	t.Helper()
	return startBefore(t, keepingServices(t, around...), yaml)
}

func keepingServices(t *testing.T, around ...wrap) *demo.Services {
	t.Helper()
	services, err := demo.Start(demo.Options{Record: true, Wrap: func(service string, next http.Handler) http.Handler {
		next = lasting(next)
		for _, each := range around {
			next = each(service, next)
		}
		return next
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = services.Close() })
	return services
}

// forMinutes is for how long a test's services let answers be kept.
const forMinutes = "max-age=300"

// lasting lets private answers be kept for minutes, and says nothing of what there is not.
func lasting(next http.Handler) http.Handler {
	return relabelled(next, func(status int, header http.Header) {
		if header.Get("Cache-Control") == "private, max-age=5" {
			header.Set("Cache-Control", "private, "+forMinutes)
		}
		if status == http.StatusNotFound {
			header.Del("Cache-Control")
		}
	})
}

// forAll is a wrap by which all answers to reads may be kept, for everybody.
func forAll(_ string, next http.Handler) http.Handler {
	return relabelled(next, func(_ int, header http.Header) {
		if header.Get("ETag") != "" {
			header.Set("Cache-Control", "public, "+forMinutes)
		}
	})
}

// relabelled changes what answers say of themselves.
func relabelled(next http.Handler, change func(status int, header http.Header)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(spoken{w, change}, r) })
}

type spoken struct {
	http.ResponseWriter

	change func(status int, header http.Header)
}

func (s spoken) WriteHeader(status int) {
	s.change(status, s.Header())
	s.ResponseWriter.WriteHeader(status)
}

// asking is what services are asked while something is done, a line for each call.
func (p *program) asking(do func()) string {
	p.services.ResetCalls()
	do()
	return string(p.calls())
}

// read asks by either door, as "customer GET /v2/users/7" or "customer { me { name } }" says. Fields of the header and a body follow
// on further lines.
func (p *program) read(t *testing.T, what string) reply {
	t.Helper()
	as, rest, _ := strings.Cut(what, " ")
	if first, _, _ := strings.Cut(rest, " "); strings.HasPrefix(rest, "{") || first == "query" || first == "mutation" {
		return p.run(t, operation{as: as, query: rest})
	}
	line, more, _ := strings.Cut(rest, "\n")
	return p.speak(t, line+"\nAs: "+as+"\n"+more)
}

// brake holds answers back that are made already, until it is let go.
type brake struct {
	service string
	matches func(*http.Request) bool // all, where it is nil
	held    atomic.Int32
	free    chan struct{}
}

func newBrake(service string, matches func(*http.Request) bool) *brake {
	return &brake{service: service, matches: matches, free: make(chan struct{})}
}

func (b *brake) wrap(service string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if service != b.service || b.matches != nil && !b.matches(r) {
			next.ServeHTTP(w, r)
			return
		}
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r)
		b.held.Add(1)
		select {
		case <-b.free:
		case <-r.Context().Done():
		}
		b.held.Add(-1)
		maps.Copy(w.Header(), answer.Header())
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	})
}

// await waits until the brake holds so many answers.
func (b *brake) await(t *testing.T, n int32) {
	t.Helper()
	waitFor(t, func() string { return "not so many answers are held back" }, func() bool { return b.held.Load() == n })
}

// release lets all go, from now on too.
func (b *brake) release() { close(b.free) }
