package graphqlhttp

import (
	"cmp"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/concierge-gateway/concierge/incremental"
)

// Delivery is how a client takes an answer that comes in parts.
type Delivery struct {
	// Format is the one that the client reads.
	Format incremental.Format
	// Events is whether the parts are events of an event stream. Otherwise they are parts of multipart/mixed.
	Events bool
}

// multipartType is the media type of incremental delivery over HTTP
// (https://github.com/graphql/graphql-over-http/blob/main/rfcs/IncrementalDelivery.md).
const multipartType = "multipart/mixed"

// NegotiateParts chooses, by Accept, how an answer may come in parts. ok is false where the client did not name a way to it, or
// likes whole answers more. Ranges such as */* name none: who gets an answer in parts must be able to read it. Where the client
// likes several as much, a format that it names counts more than none, and multipart/mixed more than events.
func NegotiateParts(accept []string) (d Delivery, ok bool) {
	ranges := strings.Join(accept, ",")
	best, rank := 0.0, 0
	for part := range strings.SplitSeq(ranges, ",") {
		found, q, named := readRange(part)
		if q <= 0 || q < best || q == best && named <= rank {
			continue
		}
		d, best, rank = found, q, named
	}
	if rank == 0 {
		return d, false
	}
	whole := max(quality(ranges, PlainJSON), quality(ranges, GraphQLJSON))
	return d, best >= whole
}

// readRange reads a range of media types. q is 0 where it names no way to answer in parts.
func readRange(text string) (d Delivery, q float64, rank int) {
	if !namesParts(text) {
		return d, 0, 0
	}
	name, params, err := mime.ParseMediaType(text)
	if err != nil || name != multipartType && name != EventStreamType || params["subscriptionspec"] != "" {
		return d, 0, 0 // multipart subscriptions are something else
	}
	format, named, known := formatOf(params)
	q, err = strconv.ParseFloat(cmp.Or(params["q"], "1"), 64)
	if !known || err != nil || !(q >= 0 && q <= 1) {
		return d, 0, 0
	}
	d.Format, d.Events, rank = format, name == EventStreamType, 1
	if named {
		rank += 2
	}
	if !d.Events {
		rank++
	}
	return d, q, rank
}

// namesParts is whether a range names a way to answer in parts, whatever its parameters say. Most name none, and cost nothing.
func namesParts(text string) bool {
	name, _, _ := strings.Cut(text, ";")
	name = strings.TrimSpace(name)
	return strings.EqualFold(name, multipartType) || strings.EqualFold(name, EventStreamType)
}

// formatOf is the format that parameters name, or that there is without them.
func formatOf(params map[string]string) (f incremental.Format, named, known bool) {
	switch of2022, current := params["deferspec"], params["incrementalspec"]; {
	case of2022 == "" && current == "":
		return incremental.Current, false, true
	case of2022 == spec2022 && current == "":
		return incremental.Of2022, true, true
	default:
		return incremental.Current, true, current == specCurrent && of2022 == ""
	}
}

// How Accept and Content-Type name the formats. The draft of incremental delivery over HTTP has no parameter for its own.
const (
	spec2022    = "20220824"
	specCurrent = "v0.2"
)

// Payloads writes an answer that comes in parts.
type Payloads struct {
	events *EventStream
	parts  *partsWriter // where they are no events
}

// Begin begins an answer of status 200 that comes in parts. patience is how long a client may take to read one of them, and takes
// the place of the server's limits on a whole request. The error says that the client can no longer be written to, or that w
// cannot stream.
func (d Delivery) Begin(w http.ResponseWriter, patience time.Duration) (*Payloads, error) {
	if d.Events {
		stream, err := NewEventStream(w, patience)
		return &Payloads{events: stream}, err
	}
	m := &partsWriter{w: w, control: http.NewResponseController(w), patience: patience}
	if err := m.control.SetReadDeadline(time.Time{}); err != nil { // the end of it would look like a client that has left
		return nil, fmt.Errorf("begin an answer in parts: %w", err)
	}
	header := w.Header()
	header.Set("Content-Type", multipartType+`; boundary="`+boundary+`"; `+d.spec())
	header.Set("Cache-Control", "no-store")
	header.Set("X-Accel-Buffering", "no") // a proxy that gathers parts is none that they come through
	w.WriteHeader(http.StatusOK)
	return &Payloads{parts: m}, nil
}

// Until bounds how long a client may take to read all payloads, whatever it may take for each: who reads slowly holds what the
// answer is made of, and a place.
func (p *Payloads) Until(end time.Time) {
	if p.parts != nil {
		p.parts.until = end
	} else {
		p.events.until = end
	}
}

// Next sends a payload, one JSON value. The last one ends the answer.
func (p *Payloads) Next(payload []byte, last bool) error {
	if p.parts != nil {
		return p.parts.next(payload, last)
	}
	if err := p.events.Next(payload); err != nil || !last {
		return err
	}
	return p.events.Complete()
}

func (d Delivery) spec() string {
	if d.Format == incremental.Of2022 {
		return "deferSpec=" + spec2022
	}
	return "incrementalSpec=" + specCurrent
}

// boundary is the one that the drafts of incremental delivery over HTTP have. JSON on one line cannot contain it at the start of
// a line.
const boundary = "-"

// partsWriter writes payloads as parts of multipart/mixed.
type partsWriter struct {
	w        http.ResponseWriter
	control  *http.ResponseController
	patience time.Duration
	until    time.Time // in which all of it is sent; zero for no end
	begun    bool
}

// next sends a part, followed by all of the delimiter at once: clients take a part for whole when they see that.
func (m *partsWriter) next(payload []byte, last bool) error {
	const delimiter = "\r\n--" + boundary
	text := make([]byte, 0, len(payload)+128)
	if !m.begun {
		m.begun = true
		text = append(text, delimiter+"\r\n"...)
	}
	text = append(text, "Content-Type: application/json; charset=utf-8\r\n\r\n"...)
	text = append(text, payload...)
	text = append(text, delimiter...)
	if last {
		text = append(text, "--"...)
	}
	return m.write(append(text, "\r\n"...))
}

// deadline is when a client must have read what is sent now.
func deadline(patience time.Duration, until time.Time) time.Time {
	at := time.Now().Add(patience)
	if !until.IsZero() && until.Before(at) {
		return until
	}
	return at
}

// write sends all of a text at once. Between writes there is no deadline: HTTP/2 would end the stream when it passes.
func (m *partsWriter) write(text []byte) error {
	if err := m.control.SetWriteDeadline(deadline(m.patience, m.until)); err != nil {
		return fmt.Errorf("limit the time for a part: %w", err)
	}
	if _, err := m.w.Write(text); err != nil {
		return fmt.Errorf("write a part: %w", err)
	}
	if err := m.control.Flush(); err != nil {
		return fmt.Errorf("send a part: %w", err)
	}
	if err := m.control.SetWriteDeadline(time.Time{}); err != nil {
		return fmt.Errorf("end the time for a part: %w", err)
	}
	return nil
}
