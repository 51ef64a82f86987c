package status

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/concierge-gateway/concierge/problem"
)

const (
	maxWatchers = 16               // who are told at the same time
	patience    = 10 * time.Second // how long an event may take to be taken
	soon        = 14 * 24 * time.Hour
)

// policy keeps the page to its own script, style and events. It has no styles and scripts within.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; " +
	"form-action 'none'; frame-ancestors 'none'"

// Page answers at /: a page for browsers, and text for everybody else.
func (b *Board) Page(w http.ResponseWriter, r *http.Request) {
	s := b.Snapshot()
	w.Header().Add("Vary", "Accept")
	if !wantsPage(r.Header) {
		answer(w, "text/plain; charset=utf-8", []byte(text(s, b.parts.Links)))
		return
	}
	w.Header().Set("Content-Security-Policy", policy)
	answer(w, "text/html; charset=utf-8", page(s, b.parts.Links))
}

// wantsPage reports whether a client says that it takes HTML. All browsers do, and programs say */* or nothing.
func wantsPage(header http.Header) bool {
	for item := range strings.SplitSeq(strings.Join(header.Values("Accept"), ","), ",") {
		kind, parameters, _ := strings.Cut(item, ";")
		if strings.EqualFold(strings.TrimSpace(kind), "text/html") {
			return !strings.HasPrefix(strings.ReplaceAll(parameters, " ", "")+";", "q=0;")
		}
	}
	return false
}

// JSON answers with one Snapshot.
func (b *Board) JSON(w http.ResponseWriter, _ *http.Request) {
	answer(w, "application/json", append(b.json(), '\n'))
}

// json is a Snapshot. It holds no number that JSON has no word for.
func (b *Board) json() []byte {
	text, err := json.Marshal(b.Snapshot())
	if err != nil {
		return []byte("{}")
	}
	return text
}

func answer(w http.ResponseWriter, kind string, body []byte) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // a client that has gone cannot be told so
}

// Events are server-sent events, one every two seconds: a Snapshot, or with form=page what stands within main. At most 16 may
// watch at the same time, and who does not read is not waited for.
func (b *Board) Events(w http.ResponseWriter, r *http.Request) {
	select {
	case b.watchers <- struct{}{}:
		defer func() { <-b.watchers }()
	default:
		problem.Write(w, problem.New(problem.Overloaded, "as many watch as are allowed: "+strconv.Itoa(maxWatchers)))
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	if r.Method == http.MethodHead {
		return
	}
	tell := b.json
	if r.URL.Query().Get("form") == "page" {
		tell = func() []byte { return body(b.Snapshot()) }
	}
	ticks := time.NewTicker(refresh)
	defer ticks.Stop()
	for send(w, tell()) {
		select {
		case <-ticks.C:
		case <-r.Context().Done():
			return
		}
	}
}

// send writes one event, and reports whether it was taken. What it holds is one line.
func send(w http.ResponseWriter, data []byte) bool {
	way := http.NewResponseController(w)
	_ = way.SetWriteDeadline(time.Now().Add(patience)) // what cannot have one is a test's
	event := append(append([]byte("event: status\ndata: "), data...), "\n\n"...)
	if _, err := w.Write(event); err != nil {
		return false
	}
	return way.Flush() == nil
}
