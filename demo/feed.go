package demo

import (
	"io"
	"net/http"
	"time"
)

const (
	// eventsPath is where a service says what happens, as server-sent events. Connections to it are no calls: they are neither
	// recorded nor counted, and faults happen to them only where they name this path.
	eventsPath = "/events"
	// heartbeat is how often something comes, at least.
	heartbeat = 15 * time.Second
	// writeTimeout is how long a client may take to read what is written.
	writeTimeout = 30 * time.Second
)

// ServeHTTP says what happens from now on, or since the event that the client has seen last.
func (j *journal) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", http.MethodGet)
		writeFailure(w, &failure{Status: http.StatusMethodNotAllowed, Detail: r.Method + " is not served here"})
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", cacheNever)
	f := feed{to: w, control: http.NewResponseController(w)}
	count := j.begin(&f, r.Header.Get("Last-Event-ID"))
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for f.err == nil {
		all, more := j.since(count)
		for _, each := range all {
			f.say(each.id, each.name, string(each.data))
		}
		count += len(all)
		f.flush()
		select {
		case <-more:
		case <-beat.C:
			f.write(":\n\n")
		case <-r.Context().Done():
			return
		}
	}
}

// begin names the event after which the stream goes on.
func (j *journal) begin(f *feed, last string) (count int) {
	if count, ok := j.after(last); ok {
		return count
	}
	count = j.now()
	if last == "" {
		f.write("id: " + j.nameOf(count) + "\n\n")
	} else {
		f.say(j.nameOf(count), "reset", "{}")
	}
	return count
}

// feed is a stream that is written. After an error nothing is.
type feed struct {
	to      io.Writer
	control *http.ResponseController
	err     error
}

func (f *feed) say(id, name, data string) {
	f.write("id: " + id + "\nevent: " + name + "\ndata: " + data + "\n\n")
}

func (f *feed) write(text string) {
	if f.err == nil {
		_ = f.control.SetWriteDeadline(time.Now().Add(writeTimeout)) // every connection of net/http has deadlines
		_, f.err = io.WriteString(f.to, text)
	}
}

func (f *feed) flush() {
	if f.err == nil {
		f.err = f.control.Flush()
	}
}
