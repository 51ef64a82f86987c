package tests

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/concierge-gateway/concierge/problem"
)

// stage stands before one set of sample services. It knows by the request id which trial a call belongs to, so that trials run side
// by side.
type stage struct {
	mu          sync.Mutex
	scenes      map[string]*scene
	mishapsHere []mishap // that happen to these services alone, where a test wants a difference
}

func newStage() *stage { return &stage{scenes: make(map[string]*scene)} }

// scene is one trial as the services see it.
type scene struct {
	trial
	stage *stage
	slow  bool

	mu      sync.Mutex
	calls   []string
	changed map[string]answer // what was not answered as usual
}

func (s *stage) open(id string, of trial, slow bool) *scene {
	played := &scene{trial: of, stage: s, slow: slow, changed: make(map[string]answer)}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scenes[id] = played
	return played
}

func (s *stage) close(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.scenes, id)
}

func (s *stage) of(id string) *scene {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.scenes[id]
}

// wrap is for demo.Options.
func (s *stage) wrap(service string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		played := s.of(r.Header.Get(problem.RequestIDHeader))
		if played == nil {
			next.ServeHTTP(w, r)
			return
		}
		call := played.note(service, r)
		usual := httptest.NewRecorder()
		next.ServeHTTP(usual, r)
		header := w.Header()
		maps.Copy(header, usual.Header())
		a := played.answerTo(service, r.URL.Path, call, answer{
			status: usual.Code, form: usual.Header().Get("Content-Type"), body: usual.Body.String(),
		})
		if played.slow {
			<-time.After(rand.N(2 * time.Millisecond))
		}
		a.write(w)
	})
}

// note keeps a call, with all that a service can tell calls apart by. It returns the call without who made it and its body.
func (p *scene) note(service string, r *http.Request) string {
	body, _ := io.ReadAll(r.Body) // the sample services have read it already
	r.Body = io.NopCloser(bytes.NewReader(body))
	call := fmt.Sprintf("%s %s %s", service, r.Method, r.URL.Path)
	if query := sortedQuery(r.URL); query != "" {
		call += "?" + query
	}
	line := fmt.Sprintf("%s by %q %q", call, r.Header.Values("X-User-Id"), r.Header.Values("X-User-Scopes"))
	if len(body) > 0 {
		line += " " + string(body)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls = append(p.calls, line)
	return call
}

// sortedQuery is a query without its escapes and without an order of its parameters.
func sortedQuery(u *url.URL) string {
	text, err := url.QueryUnescape(u.RawQuery)
	if err != nil {
		return u.RawQuery
	}
	parts := strings.Split(text, "&")
	slices.SortStableFunc(parts, func(a, b string) int {
		a, _, _ = strings.Cut(a, "=")
		b, _, _ = strings.Cut(b, "=")
		return strings.Compare(a, b)
	})
	return strings.Join(parts, "&")
}

// answerTo is what a call is answered with in the trial, where the service itself would answer as usual.
func (p *scene) answerTo(service, path, call string, usual answer) answer {
	told := usual
	for _, m := range append(p.stage.mishapsHere, p.mishaps...) {
		if m.service == service {
			told = m.happen(path, told)
		}
	}
	if fixed, ok := p.answers[call]; ok {
		told = fixed
	}
	if told != usual {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.changed[call] = told
	}
	return told
}

// write sends the answer.
func (a answer) write(w http.ResponseWriter) {
	header := w.Header()
	header.Set("Content-Type", a.form)
	if a.status == http.StatusNoContent {
		header.Del("Content-Length")
		w.WriteHeader(a.status)
		return
	}
	header.Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	if !a.breaks {
		_, _ = io.WriteString(w, a.body)
		return
	}
	_, _ = io.WriteString(w, a.body[:len(a.body)/2])
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}
