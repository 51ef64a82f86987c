package middleware

import (
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/concierge-gateway/concierge/correlation"
	"github.com/concierge-gateway/concierge/facts"
	"github.com/concierge-gateway/concierge/problem"
)

// maxRequestIDBytes leaves room for whatever ids people use, and none for a payload in every log line.
const maxRequestIDBytes = 128

// RequestID gives each request its id and its place in a trace, for correlation.From to find, and names the id on the
// answer before anything else can answer. A caller's own id is kept where it is safe to log; otherwise it is a UUIDv7,
// which sorts by time.
func RequestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r, names := facts.BeginWith[names](r)
		names.find(r.Header)
		w.Header()[problem.RequestIDHeader] = names.answer[:]
		next.ServeHTTP(w, correlation.Add(r, &names.Correlation))
	})
}

// names are the request's, as everybody finds them and as its answer tells them.
type names struct {
	correlation.Correlation

	answer [1]string
}

// usualNames is room for an id and a place in a trace, in bytes.
const usualNames = 96

// find goes by what the caller says, and makes what it does not, in one piece of memory.
func (n *names) find(header http.Header) {
	var room [usualNames]byte
	made := room[:0]
	id := inboundID(header[problem.RequestIDHeader])
	if id == "" {
		made = appendID(made, time.Now())
	}
	length := len(made)
	made, n.Trace.State = correlation.AppendHop(made, header)
	text := string(made)
	n.Trace.Parent = correlation.Traceparent(text[length:])
	n.RequestID = cmp.Or(id, text[:length])
	n.answer[0] = n.RequestID
}

// appendID writes a UUIDv7 (RFC 9562, section 5.7): milliseconds, the part of one in 4096ths (section 6.2, method 3), and chance.
// It has to be unlike others and not secret, so the runtime's generator is random enough; asking the kernel for each request
// costs more than all that is done with the id.
func appendID(text []byte, now time.Time) []byte {
	const version, variant = 7 << 12, 2 << 62
	var id uuid.UUID
	part := now.Nanosecond() % 1e6 << 12 / 1e6
	binary.BigEndian.PutUint64(id[:8], uint64(now.UnixMilli())<<16|version|uint64(part)) //nolint:gosec // neither is negative
	binary.BigEndian.PutUint64(id[8:], variant|rand.Uint64()>>2)                         //nolint:gosec // it keeps no secret
	text = hex.AppendEncode(text, id[:4])
	for _, each := range [...][]byte{id[4:6], id[6:8], id[8:10], id[10:]} {
		text = hex.AppendEncode(append(text, '-'), each)
	}
	return text
}

// inboundID is the caller's id, or empty where there is none, several, or one that is not plain.
func inboundID(values []string) string {
	if len(values) != 1 || len(values[0]) > maxRequestIDBytes || strings.IndexFunc(values[0], notPlain) >= 0 {
		return ""
	}
	return values[0]
}

// notPlain tells what is not unreserved in URLs (RFC 3986, section 2.3): the rest needs quoting in one place or another.
func notPlain(c rune) bool {
	letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
	digit := '0' <= c && c <= '9'
	return !letter && !digit && !strings.ContainsRune("._~-", c)
}
