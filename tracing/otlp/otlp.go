// Package otlp answers how traces reach whoever gathers them: by OTLP, in batches, over HTTP.
//
// Requests put spans into a queue, and never wait. One goroutine sends them. What there is no room for, and what the collector
// does not take in time, is dropped and counted.
package otlp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/concierge-gateway/concierge/settings"
	"github.com/concierge-gateway/concierge/tracing"
)

var (
	errURL      = errors.New("must be a URL that begins with http:// or https://")
	errURLParts = errors.New("must have no user, query or fragment: keys are for headers")
)

// Sender sends spans. It is safe for concurrent use.
type Sender struct {
	config   Config
	client   otlptrace.Client
	idle     func() // closes kept connections
	queue    chan *tracing.Record
	batch    []*tracing.Record
	resource *resource
	metrics  *metrics
	log      *slog.Logger
	failing  bool // so that an outage is two lines, and not one for each batch
}

var _ tracing.Sink = (*Sender)(nil)

// Open makes ready to send, and reads the files of the configuration. It does not connect: Run does. Version is the gateway's.
func Open(c Config, version string, registry prometheus.Registerer, log *slog.Logger) (*Sender, error) {
	if err := settings.Check(c); err != nil {
		return nil, err
	}
	client, idle, err := open(c)
	if err != nil {
		return nil, err
	}
	s := &Sender{
		config: c, client: client, idle: idle, queue: make(chan *tracing.Record, c.Queue), resource: resourceOf(c, version), log: log,
	}
	s.metrics = newMetrics(registry, func() int { return len(s.queue) })
	return s, nil
}

// Put takes a span to be sent, or drops it.
func (s *Sender) Put(r *tracing.Record) {
	select {
	case s.queue <- r:
	default:
		s.metrics.dropped.Inc()
	}
}

// Run sends until ctx ends, and then what is left, for as long as that may take. Nobody may put anything afterwards.
func (s *Sender) Run(ctx context.Context) {
	defer s.idle()
	sending, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	stop := context.AfterFunc(ctx, func() {
		select {
		case <-time.After(s.config.Flush):
			end()
		case <-sending.Done():
		}
	})
	defer stop()
	s.batch = make([]*tracing.Record, 0, s.config.Batch)
	for ctx.Err() == nil {
		s.gather(ctx)
		if len(s.batch) > 0 && ctx.Err() == nil {
			s.send(sending)
		}
	}
	s.flush(sending)
}

// gather waits for a full batch, and no longer than spans may wait.
func (s *Sender) gather(ctx context.Context) {
	select {
	case r := <-s.queue:
		s.batch = append(s.batch, r)
	case <-ctx.Done():
		return
	}
	late := time.NewTimer(s.config.Interval)
	defer late.Stop()
	for len(s.batch) < s.config.Batch {
		select {
		case r := <-s.queue:
			s.batch = append(s.batch, r)
		case <-late.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// flush sends what is left.
func (s *Sender) flush(ctx context.Context) {
	for {
		for len(s.batch) < s.config.Batch && len(s.queue) > 0 {
			s.batch = append(s.batch, <-s.queue)
		}
		if len(s.batch) == 0 {
			return
		}
		s.send(ctx)
	}
}

// send sends the batch, which is empty afterwards: what was not taken is dropped.
func (s *Sender) send(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, s.config.Timeout)
	defer cancel()
	spans := make([]*tracepb.Span, len(s.batch))
	for i, r := range s.batch {
		spans[i] = spanOf(r)
	}
	clear(s.batch)
	s.batch = s.batch[:0]
	err := s.client.UploadTraces(ctx, s.resource.of(spans))
	if err != nil {
		s.metrics.failed.Add(float64(len(spans)))
	} else {
		s.metrics.sent.Add(float64(len(spans)))
	}
	s.report(ctx, err)
}

// report tells of the beginning of an outage, and of its end. What the collector says is not repeated, and neither is its URL.
func (s *Sender) report(ctx context.Context, err error) {
	switch {
	case err != nil && !s.failing:
		s.failing = true
		s.log.WarnContext(ctx, "traces cannot be sent", "reason", reasonOf(ctx, err))
	case err == nil && s.failing:
		s.failing = false
		s.log.InfoContext(ctx, "traces are sent again")
	}
}

// open makes the client. The variables that OpenTelemetry's exporter reads by itself are covered by options, all of them.
func open(c Config) (client otlptrace.Client, idle func(), err error) { //nolint:ireturn // the exporter has no other name for it
	u, err := urlOf(c.Endpoint)
	if err != nil {
		return nil, nil, fmt.Errorf("read the endpoint: it %w", err)
	}
	caller, err := httpClient(c)
	if err != nil {
		return nil, nil, err
	}
	headers := make(map[string]string, len(c.Headers))
	for name, value := range c.Headers {
		headers[name] = string(value)
	}
	compression := otlptracehttp.NoCompression
	if c.Compression {
		compression = otlptracehttp.GzipCompression
	}
	return otlptracehttp.NewClient(
		otlptracehttp.WithEndpointURL(u.String()), otlptracehttp.WithHeaders(headers),
		otlptracehttp.WithCompression(compression), otlptracehttp.WithTimeout(c.Timeout), otlptracehttp.WithHTTPClient(caller),
		otlptracehttp.WithEncoding(otlptracehttp.EncodingProtobuf), otlptracehttp.WithMaxResponseSize(64<<10),
		otlptracehttp.WithRetry(otlptracehttp.RetryConfig{
			Enabled: true, InitialInterval: 200 * time.Millisecond, MaxInterval: 2 * time.Second, MaxElapsedTime: c.Timeout,
		}),
	), caller.CloseIdleConnections, nil
}
