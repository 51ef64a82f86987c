package feed

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/events"
)

// service is a way to a service that answers one call after the other.
type service struct {
	answers []func(ctx context.Context, w *io.PipeWriter) // nil refuses; the last one goes on

	running sync.WaitGroup // of answers

	mu    sync.Mutex
	calls []call
}

// call is when it was called, and with which last name.
type call struct {
	at   time.Duration
	last string
}

func (s *service) RoundTrip(req *http.Request) (*http.Response, error) {
	s.mu.Lock()
	n := len(s.calls)
	s.calls = append(s.calls, call{time.Since(epoch), req.Header.Get("Last-Event-ID")})
	s.mu.Unlock()
	answer := s.answers[min(n, len(s.answers)-1)]
	if answer == nil {
		return nil, errors.New("refused")
	}
	r, w := io.Pipe()
	context.AfterFunc(req.Context(), func() { _ = w.CloseWithError(context.Cause(req.Context())) })
	s.running.Go(func() { answer(req.Context(), w) })
	return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"text/event-stream"}}, Body: r}, nil
}

// seen are the calls so far.
func (s *service) seen() []call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]call(nil), s.calls...)
}

// epoch is when the clock of a synctest begins.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// says writes texts and then ends the stream.
func says(texts ...string) func(context.Context, *io.PipeWriter) {
	return func(ctx context.Context, w *io.PipeWriter) {
		for i, each := range texts {
			if i > 0 {
				later(ctx)
			}
			_, _ = io.WriteString(w, each)
		}
		_ = w.Close()
	}
}

// later is what lies between two texts: a second.
func later(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(time.Second):
	}
}

// stays writes texts and then nothing.
func stays(texts ...string) func(context.Context, *io.PipeWriter) {
	return func(ctx context.Context, w *io.PipeWriter) {
		for i, each := range texts {
			if i > 0 {
				later(ctx)
			}
			_, _ = io.WriteString(w, each)
		}
		<-ctx.Done()
	}
}

// told is an event as a stream has it.
func told(id string, order int) string {
	return "id: " + id + "\nevent: order.status_changed\ndata: {\"type\": \"order.status_changed\", \"id\": " + strconv.Itoa(order) +
		", \"at\": \"2026-01-02T15:04:05Z\"}\n\n"
}

// reading is a feed that is read.
type reading struct {
	*service

	hub  *events.Hub
	feed *Feed
	log  bytes.Buffer
}

// read reads a feed in a bubble, and ends it after do.
func read(t *testing.T, do func(r *reading), answers ...func(context.Context, *io.PipeWriter)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := &reading{service: &service{answers: answers}}
		registry := prometheus.NewRegistry()
		r.hub = events.New(events.DefaultConfig(), nil, nil, registry)
		source := Source{Service: "order", Kinds: []string{"order", "user"}, Config: DefaultConfig(), Way: r.service}
		source.Config.Feed = "/events"
		r.feed = New(source, r.hub, NewMetrics(registry), slog.New(slog.NewTextHandler(&r.log, nil)))
		ctx, end := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { r.feed.Run(ctx) })
		do(r)
		end()
		running.Wait()
		r.running.Wait()
	})
}

// ids are the events that wait in a subscription, and why it has ended.
func ids(s *events.Subscription) (all []string) {
	for {
		select {
		case e, ok := <-s.C():
			if !ok {
				return append(all, s.Err().Error())
			}
			all = append(all, e.ID)
		default:
			return all
		}
	}
}

func TestAFeedIsReadOnWhereItEnded(t *testing.T) {
	read(t, func(r *reading) {
		synctest.Wait()
		s := r.hub.Subscribe(events.Topic{Kind: "order", ID: 7})
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if diff := cmp.Diff([]string{"b", "c"}, ids(s)); diff != "" {
			t.Errorf("what was told (-want +got):\n%s", diff)
		}
		var lasts []string
		for _, each := range r.seen() {
			lasts = append(lasts, each.last)
		}
		if diff := cmp.Diff([]string{"", "a", "b", "b"}, lasts); diff != "" {
			t.Errorf("after what the service was asked (-want +got):\n%s", diff)
		}
	}, says("id: a\n\n"), says(told("b", 7)), nil, stays(told("b", 7), told("x", 8), told("c", 7)))
}

func TestAServiceThatIsGoneIsAskedMoreAndMoreSeldom(t *testing.T) {
	read(t, func(r *reading) {
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		calls := r.seen()
		if n := len(calls); n < 20 || n > 60 {
			t.Fatalf("it was asked %d times", n)
		}
		for i := range len(calls) - 1 {
			pause := calls[i+1].at - calls[i].at
			if most := min(time.Second<<i, 30*time.Second); pause < most/2 || pause > most {
				t.Errorf("pause %d is %v, want at most %v", i, pause, most)
			}
		}
		if n := strings.Count(r.log.String(), "\n"); n != 1 {
			t.Errorf("the log has %d lines: %s", n, r.log.String())
		}
	}, nil)
}

func TestAServiceSaysHowLongToWait(t *testing.T) {
	read(t, func(r *reading) {
		time.Sleep(time.Minute)
		synctest.Wait()
		calls := r.seen()
		if len(calls) < 2 || calls[1].at < 4*time.Second || calls[1].at > 8*time.Second {
			t.Errorf("it was asked at %v", calls)
		}
	}, says("retry: 8000\n"+told("a", 7)), stays())
}

func TestASilentFeedIsOpenedAnew(t *testing.T) {
	read(t, func(r *reading) {
		time.Sleep(44 * time.Second)
		synctest.Wait()
		if n := len(r.seen()); n != 1 {
			t.Errorf("it was opened %d times before it was silent for long", n)
		}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if n := len(r.seen()); n != 2 || !strings.Contains(r.log.String(), "silent") {
			t.Errorf("it was opened %d times: %s", n, r.log.String())
		}
	}, stays("id: a\n\n"))
}

func TestAHeartbeatKeepsAFeedOpen(t *testing.T) {
	read(t, func(r *reading) {
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if n := len(r.seen()); n != 1 || !r.feed.connected.Load() {
			t.Errorf("it was opened %d times", n)
		}
	}, func(ctx context.Context, w *io.PipeWriter) {
		for ctx.Err() == nil {
			time.Sleep(20 * time.Second)
			_, _ = io.WriteString(w, ":\n")
		}
	})
}

func TestSubscriptionsAreToldWhatMayHaveBeenMissed(t *testing.T) {
	const lost = "events may have been missed"
	for name, c := range map[string]struct {
		answers []func(context.Context, *io.PipeWriter)
		want    []string
	}{
		"the service says so":          {[]func(context.Context, *io.PipeWriter){stays("id: a\n\n", "event: reset\nid: c\ndata\n\n")}, []string{lost}},
		"it repeats everything":        {[]func(context.Context, *io.PipeWriter){says("id: a\n\n", ":\n"), stays()}, nil},
		"its events have no names":     {[]func(context.Context, *io.PipeWriter){says(":\n", ":\n"), stays()}, []string{lost}},
		"they subscribed before it":    {[]func(context.Context, *io.PipeWriter){nil, stays("id: a\n\n")}, []string{lost}},
		"what came says nothing":       {[]func(context.Context, *io.PipeWriter){stays("id: a\n\n", "id: a\ndata: {}\n\n", "id: b\ndata: x\n\n", told("c", 7))}, []string{"c"}},
		"a name that no header has":    {[]func(context.Context, *io.PipeWriter){says("id: a\x01\n\n", ":\n"), stays()}, []string{lost}},
		"something that nobody can be": {[]func(context.Context, *io.PipeWriter){stays(":\n", "data: {\"type\":\"order.new\",\"id\":7,\"at\":\"2026-01-02T15:04:05Z\"}\n\n")}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			read(t, func(r *reading) {
				time.Sleep(10 * time.Millisecond)
				s := r.hub.Subscribe(events.Topic{Kind: "user", ID: 2}, events.Topic{Kind: "order", ID: 7})
				other := r.hub.Subscribe(events.Topic{Kind: "payment"})
				time.Sleep(5 * time.Second)
				synctest.Wait()
				if diff := cmp.Diff(c.want, ids(s)); diff != "" || ids(other) != nil {
					t.Errorf("what was told (-want +got):\n%s", diff)
				}
			}, c.answers...)
		})
	}
}

func TestWhatIsNoStreamIsNotRead(t *testing.T) {
	for _, res := range []*http.Response{
		{StatusCode: 404, Header: http.Header{"Content-Type": {"text/event-stream"}}},
		{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}},
		{StatusCode: 200, Header: http.Header{}},
	} {
		if refusal(res) == nil {
			t.Errorf("%d %v is a stream", res.StatusCode, res.Header)
		}
	}
}

func TestMistakesInTheSettingsAreReportedByTheirPaths(t *testing.T) {
	for name, c := range map[string]struct {
		config Config
		want   []string
	}{
		"none":          {Config{Feed: "/events", Idle: time.Minute}, nil},
		"no feed":       {DefaultConfig(), nil},
		"a query":       {Config{Feed: "/events?x", Idle: time.Minute}, []string{"feed"}},
		"no path":       {Config{Feed: "events", Idle: time.Minute}, []string{"feed"}},
		"a token":       {Config{Token: "a b", Idle: time.Minute}, []string{"token"}},
		"much patience": {Config{Idle: 2 * time.Hour}, []string{"idle"}},
	} {
		var got []string
		c.config.Validate(func(path, _ string) { got = append(got, path) })
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
