package graphqlhttp

import (
	"bytes"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// EventStreamType is the media type of answers that come one by one
// (https://html.spec.whatwg.org/multipage/server-sent-events.html).
const EventStreamType = "text/event-stream"

// EventStream writes answers as events, in the distinct connections mode of GraphQL over SSE
// (https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md). It is not safe for concurrent use.
type EventStream struct {
	w        http.ResponseWriter
	control  *http.ResponseController
	patience time.Duration
	until    time.Time // in which all of it is sent; zero for no end
}

// NewEventStream begins an answer of status 200 and sends its header. patience is how long a client may take to read one event,
// and takes the place of the server's limits on a whole request. The error says that the client can no longer be written to, or
// that w cannot stream.
func NewEventStream(w http.ResponseWriter, patience time.Duration) (*EventStream, error) {
	s := &EventStream{w: w, control: http.NewResponseController(w), patience: patience}
	if err := s.control.SetReadDeadline(time.Time{}); err != nil { // the end of it would look like a client that has left
		return nil, fmt.Errorf("begin an event stream: %w", err)
	}
	header := w.Header()
	header.Set("Content-Type", EventStreamType+"; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Accel-Buffering", "no") // a proxy that gathers events is none that they come through
	w.WriteHeader(http.StatusOK)
	err := s.KeepAlive() // some proxies hold the header back until something follows it
	return s, err
}

// Next sends an answer, one JSON value.
func (s *EventStream) Next(payload []byte) error {
	text := make([]byte, 0, len(payload)+32)
	text = append(text, "event: next\n"...)
	for line := range bytes.Lines(payload) { // between its tokens JSON may have line breaks, which would end the field
		text = append(text, "data: "...)
		text = append(text, bytes.TrimRight(line, "\r\n")...)
		text = append(text, '\n')
	}
	return s.write(append(text, '\n'))
}

// Complete says that nothing follows. Clients tell by it the end from a connection that broke.
func (s *EventStream) Complete() error {
	return s.write([]byte("event: complete\ndata:\n\n")) // browsers drop events without data
}

// KeepAlive sends a comment, which shows proxies and both ends that the other is there.
func (s *EventStream) KeepAlive() error { return s.write([]byte(":\n\n")) }

// write sends all of a text at once. Between writes there is no deadline: HTTP/2 would end the stream when it passes.
func (s *EventStream) write(text []byte) error {
	if err := s.control.SetWriteDeadline(deadline(s.patience, s.until)); err != nil {
		return fmt.Errorf("limit the time for an event: %w", err)
	}
	if _, err := s.w.Write(text); err != nil {
		return fmt.Errorf("write an event: %w", err)
	}
	if err := s.control.Flush(); err != nil {
		return fmt.Errorf("send an event: %w", err)
	}
	if err := s.control.SetWriteDeadline(time.Time{}); err != nil {
		return fmt.Errorf("end the time for an event: %w", err)
	}
	return nil
}

// WantsEvents reports whether there is nothing that a client would rather have than events. It must name them: whoever takes
// anything gets one answer.
func WantsEvents(header http.Header) bool {
	if !slices.ContainsFunc(header["Accept"], namesEvents) { // as with most requests, which should not pay for the question
		return false
	}
	best, events := 0.0, 0.0
	for part := range strings.SplitSeq(strings.Join(header.Values("Accept"), ","), ",") {
		name, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		q := 1.0
		if text, ok := params["q"]; ok {
			if q, err = strconv.ParseFloat(text, 64); err != nil || q < 0 || q > 1 {
				continue
			}
		}
		switch name {
		case EventStreamType:
			events = max(events, q)
		case string(GraphQLJSON), string(PlainJSON), "multipart/mixed":
			best = max(best, q)
		}
	}
	return events > 0 && events >= best
}

// namesEvents reports whether a text has the name of events somewhere.
func namesEvents(accept string) bool {
	return strings.Contains(strings.ToLower(accept), EventStreamType)
}
