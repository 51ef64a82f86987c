package correlation_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/correlation"
)

const (
	traceID = "4bf92f3577b34da6a3ce929d0e0e4736"
	spanID  = "00f067aa0ba902b7"
	valid   = "00-" + traceID + "-" + spanID + "-01"
)

func TestParseTraceparentAcceptsVersion00Alone(t *testing.T) {
	tests := map[string]struct {
		text string
		want bool
	}{
		"sampled":                 {valid, true},
		"not sampled":             {"00-" + traceID + "-" + spanID + "-00", true},
		"unknown flags":           {"00-" + traceID + "-" + spanID + "-ff", true},
		"empty":                   {"", false},
		"another version":         {"01" + valid[2:], false},
		"the forbidden version":   {"ff" + valid[2:], false},
		"upper case trace id":     {strings.ToUpper(valid), false},
		"trace id of zeroes":      {"00-" + strings.Repeat("0", 32) + "-" + spanID + "-01", false},
		"span id of zeroes":       {"00-" + traceID + "-" + strings.Repeat("0", 16) + "-01", false},
		"trace id not hex":        {"00-" + strings.Repeat("g", 32) + "-" + spanID + "-01", false},
		"span id not hex":         {"00-" + traceID + "-" + strings.Repeat("x", 16) + "-01", false},
		"flags not hex":           {valid[:53] + "0x", false},
		"more after the flags":    {valid + "-00", false},
		"cut short":               {valid[:54], false},
		"space in front":          {" " + valid[:54], false},
		"another separator":       {strings.ReplaceAll(valid, "-", "_"), false},
		"separator in the id":     {"00-" + traceID[:31] + "--" + spanID + "-01", false},
		"a line break at the end": {valid[:54] + "\n", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, ok := correlation.ParseTraceparent(tt.text)
			if ok != tt.want {
				t.Fatalf("ParseTraceparent(%q) = %v, want %v", tt.text, ok, tt.want)
			}
			if !ok && got != "" {
				t.Errorf("a refused traceparent came back as %q", got)
			}
		})
	}
}

func TestTraceparentTellsItsParts(t *testing.T) {
	p, _ := correlation.ParseTraceparent(valid)
	got := []any{p.TraceID(), p.SpanID(), p.Sampled()}
	if diff := cmp.Diff([]any{traceID, spanID, true}, got); diff != "" {
		t.Error(diff)
	}
	var none correlation.Traceparent
	got = []any{none.TraceID(), none.SpanID(), none.Sampled()}
	if diff := cmp.Diff([]any{"", "", false}, got); diff != "" {
		t.Error(diff)
	}
}

// nextHop is the place of the hop behind a request.
func nextHop(header http.Header) correlation.Trace {
	place, state := correlation.AppendHop(nil, header)
	return correlation.Trace{Parent: correlation.Traceparent(place), State: state}
}

func TestNextHopStaysInTheTraceUnderASpanOfItsOwn(t *testing.T) {
	tests := map[string]struct {
		flags, want string
	}{
		"sampled":                   {"01", "01"},
		"not sampled":               {"00", "00"},
		"random trace id":           {"03", "03"},
		"flags without any meaning": {"fe", "02"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			header := http.Header{"Traceparent": {"00-" + traceID + "-" + spanID + "-" + tt.flags}}
			got := nextHop(header).Parent
			if got.TraceID() != traceID {
				t.Errorf("trace id %s, want %s", got.TraceID(), traceID)
			}
			if got.SpanID() == spanID {
				t.Error("the caller's span id was kept")
			}
			if !strings.HasSuffix(string(got), "-"+tt.want) {
				t.Errorf("got %s, want flags %s", got, tt.want)
			}
			if _, ok := correlation.ParseTraceparent(string(got)); !ok {
				t.Errorf("%s is not a valid traceparent", got)
			}
		})
	}
}

func TestNextHopStartsANewTraceWhereNoneCanBeRead(t *testing.T) {
	tests := map[string]http.Header{
		"none":      {},
		"malformed": {"Traceparent": {"00-oops"}, "Tracestate": {"vendor=1"}},
		"two":       {"Traceparent": {valid, valid}, "Tracestate": {"vendor=1"}},
	}
	for name, header := range tests {
		t.Run(name, func(t *testing.T) {
			got := nextHop(header)
			if _, ok := correlation.ParseTraceparent(string(got.Parent)); !ok {
				t.Errorf("%q is not a valid traceparent", got.Parent)
			}
			if got.Parent.TraceID() == traceID || got.Parent.Sampled() || got.State != "" {
				t.Errorf("got %+v, want a fresh trace without flags or state", got)
			}
		})
	}
}

func TestNextHopPassesTheStateAlongWithinBounds(t *testing.T) {
	tests := map[string]struct {
		fields []string
		want   string
	}{
		"none":                {nil, ""},
		"one":                 {[]string{"a=1,b=2"}, "a=1,b=2"},
		"several are a list":  {[]string{"a=1", "b=2"}, "a=1,b=2"},
		"as long as allowed":  {[]string{strings.Repeat("a", 512)}, strings.Repeat("a", 512)},
		"too long":            {[]string{strings.Repeat("a", 513)}, ""},
		"too long together":   {[]string{strings.Repeat("a", 256), strings.Repeat("b", 256)}, ""},
		"not printable":       {[]string{"a=\x01"}, ""},
		"not ASCII":           {[]string{"a=\xff"}, ""},
		"not even characters": {[]string{"a=é"}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := nextHop(http.Header{"Traceparent": {valid}, "Tracestate": tt.fields}).State
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzParseTraceparent(f *testing.F) {
	f.Add(valid)
	f.Add("00-" + traceID + "-" + spanID + "-ff")
	f.Add("ff" + valid[2:])
	f.Fuzz(func(t *testing.T, text string) {
		p, ok := correlation.ParseTraceparent(text)
		if !ok {
			return
		}
		if string(p) != text || "00-"+p.TraceID()+"-"+p.SpanID()+"-"+text[53:] != text {
			t.Fatalf("%q was read as %q", text, p)
		}
		next := nextHop(http.Header{"Traceparent": {text}}).Parent
		if _, ok := correlation.ParseTraceparent(string(next)); !ok || next.TraceID() != p.TraceID() {
			t.Fatalf("%q leads to %q", text, next)
		}
	})
}
