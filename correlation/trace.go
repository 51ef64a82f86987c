package correlation

import (
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"net/http"
	"strings"
)

// maxStateBytes is what W3C Trace Context asks every hop to pass along at least. More than that is a stranger's to carry.
const maxStateBytes = 512

// Trace is a place in a trace, as W3C Trace Context tells it from hop to hop. The zero value is in no trace.
type Trace struct {
	// Parent names the trace and this hop.
	Parent Traceparent
	// State belongs to tracing vendors, and is passed along unread.
	State string
}

// AppendHop reads the trace of an inbound request, gives this hop a place in it, and appends that: it is the Parent of a Trace,
// and state is its State. Without a valid trace, a new one starts.
func AppendHop(text []byte, header http.Header) (place []byte, state string) {
	parent, ok := Inbound(header)
	if !ok {
		// The state says something about the trace that could not be read, so it goes with it.
		return appendNew(text), ""
	}
	return appendPlace(text, parent.TraceID(), parent.flags()), stateOf(header[TracestateHeader])
}

// Inbound is the caller's place in its trace, as a request says it. It is not ok where there is none that can be read.
func Inbound(header http.Header) (parent Traceparent, ok bool) {
	inbound := header[TraceparentHeader]
	if len(inbound) != 1 {
		return "", false
	}
	return ParseTraceparent(inbound[0])
}

// stateOf joins the fields of an inbound tracestate. One that is too long or not printable is dropped whole: half a list
// would be a different list.
func stateOf(fields []string) string {
	joined := strings.Join(fields, ",")
	if len(joined) > maxStateBytes || strings.IndexFunc(joined, unprintable) >= 0 {
		return ""
	}
	return joined
}

func unprintable(r rune) bool { return r < ' ' || r > '~' }

// Traceparent is a valid traceparent of version 00, or empty.
type Traceparent string

// The layout of a traceparent, "00-" trace id "-" span id "-" flags, all in hex.
const (
	traceStart, traceEnd = 3, 35
	spanStart, spanEnd   = 36, 52
	flagsStart, size     = 53, 55
)

// knownFlags are the flags that have a meaning: sampled, and random trace id. The others must go out as zero.
const knownFlags = 0b11

// ParseTraceparent reads a traceparent. Only version 00 is known; it allows lower case alone, and no id of zeroes.
func ParseTraceparent(text string) (Traceparent, bool) {
	if len(text) != size || text[:traceStart] != "00-" || text[traceEnd] != '-' || text[spanEnd] != '-' {
		return "", false
	}
	p := Traceparent(text)
	if !isID(p.TraceID()) || !isID(p.SpanID()) || !isHex(text[flagsStart:]) {
		return "", false
	}
	return p, true
}

// NewTrace is the start of a trace that nobody has decided to record, so no flag is set.
func NewTrace() Traceparent { return Traceparent(appendNew(make([]byte, 0, size))) }

func appendNew(text []byte) []byte {
	var room [traceEnd - traceStart]byte
	id := appendHex(appendHex(room[:0], random()), random())
	return appendPlace(text, id, 0)
}

// TraceID is the same at every hop, 32 hex digits.
func (p Traceparent) TraceID() string { return p.cut(traceStart, traceEnd) }

// SpanID names one hop, 16 hex digits.
func (p Traceparent) SpanID() string { return p.cut(spanStart, spanEnd) }

// Sampled says whether the caller recorded its part of the trace.
func (p Traceparent) Sampled() bool { return p.flags()&1 == 1 }

func (p Traceparent) flags() byte {
	flags, _ := hex.DecodeString(p.cut(flagsStart, size)) // hex since it was parsed
	if len(flags) == 0 {
		return 0
	}
	return flags[0] & knownFlags
}

func (p Traceparent) cut(start, end int) string {
	if len(p) < end {
		return ""
	}
	return string(p[start:end])
}

// Marked is the same place with another decision about recording it.
func (p Traceparent) Marked(sampled bool) Traceparent {
	if len(p) != size || p.Sampled() == sampled {
		return p
	}
	return p[:size-1] + Traceparent('0'+p.flags()^1)
}

// appendPlace is called for each request, so it does without fmt.
func appendPlace[ID string | []byte](text []byte, traceID ID, flags byte) []byte {
	text = append(text, "00-"...)
	text = append(text, traceID...)
	text = append(text, '-')
	text = appendHex(text, random())
	return append(text, '-', '0', '0'+flags)
}

// appendHex writes a number with all of its digits.
func appendHex(text []byte, number uint64) []byte {
	var bytes [8]byte
	binary.BigEndian.PutUint64(bytes[:], number)
	return hex.AppendEncode(text, bytes[:])
}

// random is never zero, which would name nothing. No decision rests on these ids, so they need not be hard to guess.
func random() uint64 { return max(rand.Uint64(), 1) } //nolint:gosec // see above

func isID(text string) bool { return isHex(text) && strings.Trim(text, "0") != "" }

func isHex(text string) bool {
	for _, c := range []byte(text) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
