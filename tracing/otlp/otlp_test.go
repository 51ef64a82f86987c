package otlp_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	collectorpb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/concierge-gateway/concierge/secret"
	"github.com/concierge-gateway/concierge/tracing"
	"github.com/concierge-gateway/concierge/tracing/otlp"
)

const canary = "canary-of-a-key"

// settings are such that everything is sent at once.
func settings(endpoint string) otlp.Config {
	c := otlp.DefaultConfig()
	c.Endpoint, c.Interval, c.Flush = endpoint, 10*time.Millisecond, time.Minute
	c.Headers = map[string]secret.Text{"Authorization": canary}
	return c
}

// site is a sender and all that can be seen of it.
type site struct {
	*otlp.Sender

	registry *prometheus.Registry
	log      *bytes.Buffer
	end      func() // ends it, and waits for that
}

func run(t *testing.T, c otlp.Config) *site {
	t.Helper()
	s := &site{registry: prometheus.NewRegistry(), log: new(bytes.Buffer)}
	var err error
	if s.Sender, err = otlp.Open(c, "v1", s.registry, slog.New(slog.NewTextHandler(s.log, nil))); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Run(ctx)
	}()
	s.end = func() {
		cancel()
		<-done
	}
	t.Cleanup(s.end)
	return s
}

func (s *site) counted(t *testing.T, result string) float64 {
	t.Helper()
	families, err := s.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == "concierge_traces_spans_total" && m.GetLabel()[0].GetValue() == result {
				return m.GetCounter().GetValue()
			}
		}
	}
	return 0
}

func record(name string) *tracing.Record {
	at := time.Unix(1000, 7)
	return &tracing.Record{
		Trace: [16]byte{1}, ID: [8]byte{2}, Parent: [8]byte{3}, Name: name, Kind: tracing.Client, Began: at, Ended: at.Add(time.Second),
		Attributes: []tracing.Attribute{{Key: "text", Value: "a"}, {Key: "number", Value: int64(7)}, {Key: "flag", Value: true}},
		Links:      []tracing.Link{{Trace: [16]byte{4}, ID: [8]byte{5}}}, Error: "timeout", State: "vendor=1",
	}
}

// read is what a collector is sent.
func read(t *testing.T, r *http.Request) []*tracepb.ResourceSpans {
	t.Helper()
	var body io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		unpacked, err := gzip.NewReader(r.Body)
		if err != nil {
			t.Error(err)
			return nil
		}
		body = unpacked
	}
	text, err := io.ReadAll(body)
	var sent collectorpb.ExportTraceServiceRequest
	if err != nil || proto.Unmarshal(text, &sent) != nil {
		t.Error("what is sent cannot be read")
	}
	return sent.GetResourceSpans()
}

func TestSpansArriveAsTheyWere(t *testing.T) {
	for name, compression := range map[string]bool{"as gzip": true, "as they are": false} {
		t.Run(name, func(t *testing.T) {
			came := make(chan []*tracepb.ResourceSpans, 1)
			collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/v1/traces" || r.Header.Get("Authorization") != canary {
					t.Errorf("asked for %s with %v", r.URL.Path, r.Header)
				}
				came <- read(t, r)
			}))
			defer collector.Close()
			c := settings(collector.URL)
			c.Compression, c.Attributes = compression, map[string]string{"deployment.environment.name": "test"}
			s := run(t, c)
			s.Put(record("GET"))
			all := <-came
			got := all[0].GetScopeSpans()[0].GetSpans()[0]
			want := []any{
				"GET", byte(2), byte(3), byte(5), "vendor=1",
				tracepb.Span_SPAN_KIND_CLIENT, tracepb.Status_STATUS_CODE_ERROR, uint64(1e9),
			}
			if diff := cmp.Diff(want, []any{
				got.GetName(), got.GetSpanId()[0], got.GetParentSpanId()[0], got.GetLinks()[0].GetSpanId()[0], got.GetTraceState(),
				got.GetKind(), got.GetStatus().GetCode(), got.GetEndTimeUnixNano() - got.GetStartTimeUnixNano(),
			}); diff != "" {
				t.Error(diff)
			}
			said := make(map[string]string)
			for _, each := range append(got.GetAttributes(), all[0].GetResource().GetAttributes()...) {
				said[each.GetKey()] = strings.ReplaceAll(each.GetValue().String(), "  ", " ")
			}
			delete(said, "service.instance.id")
			if diff := cmp.Diff(map[string]string{
				"text": `string_value:"a"`, "number": "int_value:7", "flag": "bool_value:true", "error.type": `string_value:"timeout"`,
				"service.name": `string_value:"concierge"`, "service.version": `string_value:"v1"`,
				"deployment.environment.name": `string_value:"test"`,
			}, said); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestACollectorThatHangsHoldsNobodyAndNothing(t *testing.T) {
	release, asked := make(chan struct{}), make(chan struct{}, 100)
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}))
	defer collector.Close()
	defer close(release)
	c := settings(collector.URL)
	c.Batch, c.Queue, c.Flush, c.Timeout = 1, 4, 20*time.Millisecond, time.Minute
	s := run(t, c)
	s.Put(record("first"))
	<-asked // it hangs from here on
	for range 100 {
		s.Put(record("further"))
	}
	if dropped := s.counted(t, "dropped"); dropped != 96 {
		t.Errorf("%v are dropped, want all but the 4 that there is room for", dropped)
	}
	s.end() // though the collector goes on hanging
	if failed := s.counted(t, "failed"); failed != 5 {
		t.Errorf("%v were not taken, want 5", failed)
	}
}

func TestWhatIsLeftIsSentAtTheEnd(t *testing.T) {
	var spans atomic.Int64
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		for _, each := range read(t, r) {
			spans.Add(int64(len(each.GetScopeSpans()[0].GetSpans())))
		}
	}))
	defer collector.Close()
	c := settings(collector.URL)
	c.Interval, c.Batch = time.Minute, 100 // so that nothing is sent before
	s := run(t, c)
	for range 250 {
		s.Put(record("part"))
	}
	s.end()
	if spans.Load() != 250 || s.counted(t, "sent") != 250 {
		t.Errorf("%d arrived, %v were sent", spans.Load(), s.counted(t, "sent"))
	}
	if queue, err := testutil.GatherAndCount(s.registry, "concierge_traces_queue"); err != nil || queue != 1 {
		t.Errorf("what waits is not told: %v", err)
	}
}

func TestAnOutageIsTwoLinesThatSayNothingOfTheCollector(t *testing.T) {
	var broken atomic.Bool
	broken.Store(true)
	asked := make(chan struct{}, 100)
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if broken.Load() {
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, canary)
		}
		asked <- struct{}{}
	}))
	defer collector.Close()
	c := settings(collector.URL + "/" + canary)
	c.Batch = 1
	s := run(t, c)
	for range 3 {
		s.Put(record("lost"))
		<-asked
	}
	broken.Store(false)
	s.Put(record("taken"))
	<-asked
	s.end()
	text := s.log.String()
	if strings.Count(text, "\n") != 2 || !strings.Contains(text, "reason=refused") || strings.Contains(text, canary) {
		t.Errorf("the log says:\n%s", text)
	}
	if s.counted(t, "failed") != 3 || s.counted(t, "sent") != 1 {
		t.Errorf("%v failed, %v were sent", s.counted(t, "failed"), s.counted(t, "sent"))
	}
}

func TestVariablesFillWhatTheFileLeavesOut(t *testing.T) {
	type told struct {
		Endpoint, Header, Service string
		Attributes                map[string]string
	}
	all := map[string]string{
		"OTEL_EXPORTER_OTLP_ENDPOINT": "http://all:4318/", "OTEL_EXPORTER_OTLP_HEADERS": "authorization=Bearer%20x, other=1",
		"OTEL_SERVICE_NAME": "edge", "OTEL_RESOURCE_ATTRIBUTES": "service.name=no,service.version=no,team=a,zone=%7A,broken",
	}
	own := otlp.DefaultConfig()
	own.Endpoint, own.Service, own.Attributes = "http://own:4318", "mine", map[string]string{"team": "b"}
	for name, c := range map[string]struct {
		config    otlp.Config
		variables map[string]string
		want      told
	}{
		"none": {otlp.DefaultConfig(), nil, told{Service: "concierge"}},
		"all of them": {
			otlp.DefaultConfig(), all,
			told{"http://all:4318/v1/traces", "Bearer x", "edge", map[string]string{"team": "a", "zone": "z"}},
		},
		"of traces alone": {
			otlp.DefaultConfig(),
			map[string]string{
				"OTEL_EXPORTER_OTLP_ENDPOINT": "http://all:4318", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://traces:4318/x",
				"OTEL_EXPORTER_OTLP_HEADERS": "authorization=a", "OTEL_EXPORTER_OTLP_TRACES_HEADERS": "authorization=t",
			},
			told{"http://traces:4318/x", "t", "concierge", nil},
		},
		"the file precedes them": {own, all, told{"http://own:4318", "", "mine", map[string]string{"team": "b", "zone": "z"}}},
		"turned off": {
			otlp.DefaultConfig(),
			map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://all:4318", "OTEL_SDK_DISABLED": "TRUE"},
			told{Service: "concierge"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := c.config.Over(func(name string) (string, bool) {
				value, ok := c.variables[name]
				return value, ok
			})
			header := string(got.Headers["authorization"])
			if diff := cmp.Diff(c.want, told{got.Endpoint, header, got.Service, got.Attributes}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNoVariableCountsThatTheExporterReadsByItself(t *testing.T) {
	for name, value := range map[string]string{
		"OTEL_EXPORTER_OTLP_HEADERS": "authorization=other", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:1",
		"OTEL_EXPORTER_OTLP_PROTOCOL": "http/json", "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
		"OTEL_EXPORTER_OTLP_CERTIFICATE": "/nowhere", "OTEL_EXPORTER_OTLP_TIMEOUT": "1",
	} {
		t.Setenv(name, value)
	}
	came := make(chan http.Header, 1)
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		came <- r.Header
	}))
	defer collector.Close()
	c := settings(collector.URL)
	c.Compression = false
	run(t, c).Put(record("part"))
	got := <-came
	if diff := cmp.Diff([]string{canary, "", "application/x-protobuf"}, []string{
		got.Get("Authorization"), got.Get("Content-Encoding"), got.Get("Content-Type"),
	}); diff != "" {
		t.Error(diff)
	}
}

func TestConfigReportsWhatCannotBe(t *testing.T) {
	bad := otlp.Config{
		Endpoint: "https://user:" + canary + "@collector:4318", CertFile: "cert.pem", Headers: map[string]secret.Text{"a b": "c"},
		Flush: -1, Queue: -1, Attributes: map[string]string{"service.name": "x"},
	}
	var paths []string
	bad.Validate(func(path, message string) {
		paths = append(paths, path)
		if strings.Contains(message, canary) {
			t.Errorf("%s: %s", path, message)
		}
	})
	const want = "endpoint headers.a b key_file timeout interval flush batch queue service attributes.service.name"
	if diff := cmp.Diff(want, strings.Join(paths, " ")); diff != "" {
		t.Error(diff)
	}
	for _, endpoint := range []string{"collector:4318", "ftp://collector", "http://", "https://c?key=" + canary, "\x7f"} {
		c := otlp.DefaultConfig()
		c.Endpoint = endpoint
		if _, err := otlp.Open(c, "v1", prometheus.NewRegistry(), slog.New(slog.DiscardHandler)); err == nil {
			t.Errorf("%q is taken", endpoint)
		}
	}
	for _, c := range []otlp.Config{otlp.DefaultConfig(), settings("https://collector")} {
		c.Validate(func(path, message string) { t.Errorf("%s: %s", path, message) })
	}
}
