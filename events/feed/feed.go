// Package feed answers what a service says in its stream of events.
//
// Each instance reads the stream by itself, so that there is none on which the others depend. A stream that ends is opened
// anew, with the name of the last event (Last-Event-ID), and the service repeats what came after it. Where it cannot, it says
// so by a message named "reset", and subscriptions are told that they may have missed something.
package feed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/net/http/httpguts"

	"github.com/concierge-gateway/concierge/events"
)

// opening is how long a service may take to open the stream.
const opening = 15 * time.Second

// What a feed that was given up ended with.
var (
	errSilent = errors.New("the stream is silent")
	errSlow   = errors.New("the service has not opened the stream in time")
)

// Source is a service whose feed is read.
type Source struct {
	// Service is its name.
	Service string
	// Kinds are that of its records, and then those of the records that they belong to.
	Kinds []string
	// Config says where its feed is.
	Config Config
	// Way is how it is reached. Answers must stream.
	Way http.RoundTripper
}

// Feed reads one service's feed.
type Feed struct {
	source    Source
	hub       *events.Hub
	log       *slog.Logger
	connected atomic.Bool

	// What follows belongs to Run.
	last   string // the name of the last event
	known  bool   // whether a stream was open before
	pauses pauses
	told   bool // whether it was said that there is no stream
	wrong  bool // whether it was said that what came was no event
}

// New returns a feed that Run reads into a hub.
func New(source Source, hub *events.Hub, metrics *Metrics, log *slog.Logger) *Feed {
	f := &Feed{source: source, hub: hub, log: log.With("service", source.Service)}
	metrics.add(f)
	return f
}

// Run reads the feed until ctx ends.
func (f *Feed) Run(ctx context.Context) {
	for ctx.Err() == nil {
		err := f.read(ctx)
		f.connected.Store(false)
		if ctx.Err() != nil {
			return
		}
		if !f.told {
			f.told = true
			f.log.WarnContext(ctx, "the feed of events is not there, and is tried again", "error", err)
		}
		f.pauses.wait(ctx)
	}
}

// read opens the stream, and reads it to its end.
func (f *Feed) read(ctx context.Context) error {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	patience := time.AfterFunc(opening, func() { end(errSlow) })
	defer patience.Stop()
	res, err := f.open(ctx)
	if err != nil {
		return because(ctx, err)
	}
	defer func() { _ = res.Body.Close() }()
	if err := refusal(res); err != nil {
		return err
	}
	silence := time.AfterFunc(f.source.Config.Idle, func() { end(errSilent) })
	defer silence.Stop()
	if !patience.Stop() {
		return errSlow
	}
	f.opened(ctx)
	defer f.pauses.lived(time.Now())
	return because(ctx, f.follow(ctx, newStream(&watched{res.Body, silence, f.source.Config.Idle}, f.last)))
}

// because prefers why the feed has given up.
func because(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); errors.Is(cause, errSilent) || errors.Is(cause, errSlow) {
		return cause
	}
	return err
}

func (f *Feed) open(ctx context.Context) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "", nil)
	if err != nil {
		return nil, err
	}
	req.URL = &url.URL{Scheme: "http", Host: f.source.Service, Path: f.source.Config.Feed}
	req.Host = f.source.Service
	req.Header.Set("Accept", "text/event-stream")
	req.Header.Set("Cache-Control", "no-store")
	if f.last != "" {
		req.Header.Set("Last-Event-ID", f.last)
	}
	if token := f.source.Config.Token; token != "" {
		req.Header.Set("Authorization", "Bearer "+string(token))
	}
	res, err := f.source.Way.RoundTrip(req)
	if err != nil {
		return nil, fmt.Errorf("open the stream: %w", err)
	}
	return res, nil
}

// refusal is nil for a stream.
func refusal(res *http.Response) error {
	kind, _, err := mime.ParseMediaType(res.Header.Get("Content-Type"))
	switch {
	case res.StatusCode != http.StatusOK:
		return fmt.Errorf("the service answered with %d, and no stream", res.StatusCode)
	case err != nil || kind != "text/event-stream":
		return errors.New("the service answered with something else than an event stream")
	default:
		return nil
	}
}

// opened notes that the stream is there. What happened while it was not is repeated by a service that was told the last name.
// Where there is none to tell, it may be missed.
func (f *Feed) opened(ctx context.Context) {
	switch {
	case !f.known && f.told:
		f.hub.Began(f.source.Kinds...)
	case f.known && f.last == "":
		f.hub.Lose(f.source.Service, f.source.Kinds...)
	}
	f.known = true
	f.connected.Store(true)
	f.log.InfoContext(ctx, "the feed of events is read")
	f.told = false
}

// follow reads an open stream. The error is never nil.
func (f *Feed) follow(ctx context.Context, s *stream) error {
	for {
		m, err := s.next()
		f.last = sendable(s.last)
		f.pauses.wanted(s.retry)
		if errors.Is(err, io.EOF) {
			return errors.New("the service has ended the stream")
		}
		if err != nil {
			return err
		}
		f.pauses.begin()
		f.take(ctx, m)
	}
}

// sendable is the name of an event, empty where it cannot stand in a header: then the feed begins anew without it.
func sendable(name string) string {
	if !httpguts.ValidHeaderFieldValue(name) {
		return ""
	}
	return name
}

// take tells the hub what a message says.
func (f *Feed) take(ctx context.Context, m message) {
	if m.name == "reset" {
		f.log.WarnContext(ctx, "the service cannot repeat events that were missed")
		f.hub.Lose(f.source.Service, f.source.Kinds...)
		return
	}
	e, err := events.Decode(f.source.Service, f.source.Kinds, m.id, m.data)
	if err != nil {
		f.hub.Malformed(f.source.Service, events.ByFeed)
		if !f.wrong {
			f.wrong = true
			f.log.WarnContext(ctx, "a message of the feed is no event, and is passed over like all further ones", "error", err)
		}
		return
	}
	f.hub.Receive(events.ByFeed, e)
}

// watched is a stream that is not silent.
type watched struct {
	io.Reader

	silence *time.Timer
	idle    time.Duration
}

func (w *watched) Read(into []byte) (int, error) {
	n, err := w.Reader.Read(into)
	if n > 0 {
		w.silence.Reset(w.idle)
	}
	return n, err
}

// Metrics are of all feeds.
type Metrics struct {
	registry prometheus.Registerer
}

// NewMetrics returns those of a registry.
func NewMetrics(registry prometheus.Registerer) *Metrics { return &Metrics{registry} }

// add shows whether a feed is there.
func (m *Metrics) add(f *Feed) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "concierge_events_feed_connected", Help: "Whether the feed of a service is being read.",
		ConstLabels: prometheus.Labels{"service": f.source.Service},
	}, func() float64 {
		if f.connected.Load() {
			return 1
		}
		return 0
	}))
}
