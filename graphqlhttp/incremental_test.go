package graphqlhttp

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/incremental"
)

func TestNegotiatePartsChoosesWhatTheClientCanRead(t *testing.T) {
	const (
		none     = "none"
		of2022   = "2022"
		current  = "current"
		events   = "current by events"
		events22 = "2022 by events"
	)
	for accept, want := range map[string]string{
		"":                           none,
		"*/*":                        none,
		"multipart/*":                none,
		"application/json":           none,
		"multipart/mixed":            current,
		"MULTIPART/MIXED":            current,
		"multipart/mixed, */*;q=0.1": current,
		"multipart/mixed;deferSpec=20220824,application/json":          of2022,
		"multipart/mixed; deferSpec=20220824, application/json":        of2022,
		"application/json, multipart/mixed;deferspec=20220824":         of2022,
		"multipart/mixed;deferSpec=20220825,application/json":          none,
		"multipart/mixed;deferSpec=20220824;incrementalSpec=v0.2":      none,
		"multipart/mixed;incrementalSpec=v0.2, application/json;q=0.9": current,
		"multipart/mixed;incrementalSpec=v0.1, application/json;q=0.9": none,
		"multipart/mixed;subscriptionSpec=1.0, application/json":       none,
		"multipart/mixed;q=0.9, application/json":                      none,
		"multipart/mixed;q=0.9, application/json;q=0.9":                current,
		"multipart/mixed;q=0":                                             none,
		"multipart/mixed;q=NaN":                                           none,
		"multipart/mixed, multipart/mixed;deferSpec=20220824":             of2022,
		"multipart/mixed;deferSpec=20220824;q=0.5, multipart/mixed;q=0.8": current,
		"text/event-stream":                                               events,
		"text/event-stream;deferSpec=20220824":                            events22,
		"application/json, text/event-stream, multipart/mixed":            current,
		"application/json, text/event-stream;q=1, multipart/mixed;q=0.5":  events,
	} {
		d, ok := NegotiateParts([]string{accept})
		got := none
		if ok {
			got = map[incremental.Format]string{incremental.Current: current, incremental.Of2022: of2022}[d.Format]
			if d.Events {
				got += " by events"
			}
		}
		if got != want {
			t.Errorf("Accept %q is answered by %q, want %q", accept, got, want)
		}
	}
}

// TestPartsAreReadAsTheyWereWritten also with a payload that has the boundary in it.
func TestPartsAreReadAsTheyWereWritten(t *testing.T) {
	payloads := []string{`{"data":{"a":"\r\n---\r\n"},"hasNext":true}`, `{"hasNext":true}`, `{"hasNext":false}`}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		out, err := Delivery{Format: incremental.Of2022}.Begin(w, time.Minute)
		for i, each := range payloads {
			if err == nil {
				err = out.Next([]byte(each), i == len(payloads)-1)
			}
		}
		if err != nil {
			t.Error(err)
		}
	}))
	defer server.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	media, params, err := mime.ParseMediaType(res.Header.Get("Content-Type"))
	if err != nil || media != "multipart/mixed" || params["deferspec"] != "20220824" {
		t.Fatalf("it is %s %v, %v", media, params, err)
	}
	var read []string
	for parts := multipart.NewReader(res.Body, params["boundary"]); ; {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(part)
		if err != nil {
			t.Fatal(err)
		}
		read = append(read, string(text))
	}
	if diff := cmp.Diff(payloads, read); diff != "" {
		t.Errorf("the parts (-written +read):\n%s", diff)
	}
}

func TestWhoCannotStreamIsAnError(t *testing.T) {
	for _, events := range []bool{true, false} {
		if _, err := (Delivery{Events: events}).Begin(httptest.NewRecorder(), time.Minute); err == nil {
			t.Errorf("an answer in parts has begun, by events: %s", strconv.FormatBool(events))
		}
	}
}

// deadlines is a client that takes in what it is sent, and notes by when it must have.
type deadlines struct {
	*httptest.ResponseRecorder

	set []time.Time
}

func (*deadlines) SetReadDeadline(time.Time) error { return nil }

func (d *deadlines) SetWriteDeadline(at time.Time) error {
	if !at.IsZero() {
		d.set = append(d.set, at)
	}
	return nil
}

// TestAllPartsMustBeReadInTime: whoever is slow with each of many parts holds an answer no longer than with one.
func TestAllPartsMustBeReadInTime(t *testing.T) {
	for _, events := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			client, begun := &deadlines{ResponseRecorder: httptest.NewRecorder()}, time.Now()
			out, err := Delivery{Events: events}.Begin(client, time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			out.Until(begun.Add(90 * time.Second))
			client.set = nil
			for range 3 {
				if err := out.Next([]byte("{}"), false); err != nil {
					t.Fatal(err)
				}
				time.Sleep(40 * time.Second)
			}
			var after []time.Duration
			for _, each := range client.set {
				after = append(after, each.Sub(begun))
			}
			if diff := cmp.Diff([]time.Duration{60 * time.Second, 90 * time.Second, 90 * time.Second}, after); diff != "" {
				t.Errorf("by events %t, the time for each part ends after (-want +got):\n%s", events, diff)
			}
		})
	}
}

// TestWhoNamesNoPartsCostsNothing is about all usual requests.
func TestWhoNamesNoPartsCostsNothing(t *testing.T) {
	accept := []string{"application/graphql-response+json, application/json;q=0.9"}
	if allocs := testing.AllocsPerRun(100, func() { NegotiateParts(accept) }); allocs > 0 {
		t.Errorf("it takes %v pieces of memory, want none", allocs)
	}
}

func FuzzNegotiateParts(f *testing.F) {
	for _, seed := range []string{"", "multipart/mixed;deferSpec=20220824", "text/event-stream;q=", "multipart/mixed;q=0.5, */*", "\"", ",,,"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, accept string) {
		if d, ok := NegotiateParts([]string{accept}); ok && d.Format != incremental.Current && d.Format != incremental.Of2022 {
			t.Errorf("Accept %q is answered by %v", accept, d)
		}
	})
}
