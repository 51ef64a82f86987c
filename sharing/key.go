package sharing

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"hash"
	"net/http"
	"slices"
	"strconv"
	"sync"

	"github.com/concierge-gateway/concierge/auth/identity"
)

// Key names what equal questions of callers have in common whom the same answer is for. It is a SHA-256: nobody can ask a
// question that happens to have the key of another.
type Key struct {
	sum [sha256.Size]byte
	id  int64
}

// For is the key of one record among those that the key is for.
func (k Key) For(id int64) Key {
	k.id = id
	return k
}

// String is the key as a store outside the process takes it: letters, digits, - and _, and a dot before a record's id.
func (k Key) String() string {
	text := base64.RawURLEncoding.AppendEncode(make([]byte, 0, 64), k.sum[:])
	if k.id != 0 {
		text = strconv.AppendInt(append(text, '.'), k.id, 10)
	}
	return string(text)
}

// Caller is on whose behalf a question is asked.
type Caller struct {
	// Known is what the gateway knows of the caller. Nil is somebody of whom nothing is known.
	Known *identity.Caller
	// Sent is what the service is sent, with all that identity.Propagate adds. Nil stands for all that the caller sent.
	Sent http.Header
	// Asked is which host and scheme the client asked, where Sent does not have the fields that say it. They count the same, but for
	// All.
	Asked Asked
	// Counted are the names of fields that count whatever the inputs are: they are not the caller's, or say what is asked for.
	Counted []string
	// Credentials are the names of fields by which the service finds out who calls, besides those that are known to be for that.
	Credentials []string
}

// Asked is which host and scheme a client asked, each empty where a service is told nothing of it.
type Asked struct{ Host, Proto string }

// CountedKey is what a context gives the Counted of calls for, as a []string.
type CountedKey struct{}

// keyOf makes every key there is: of what is asked for, and of as much of who asks as the answer depends on. Who uses it is
// question.go alone.
func keyOf(kind kind, inputs Inputs, caller Caller, question ...string) Key {
	b := benches.Get().(*bench) //nolint:errcheck,forcetypeassert // nothing else is put there
	defer benches.Put(b)
	text := appendText(b.text[:0], string(kind))
	text = appendCaller(text, inputs, caller)
	text = appendNamed(text, caller.Sent, caller.Counted)
	if kind == call || kind == answer {
		text = appendAuthority(text, caller)
	}
	for _, part := range question {
		text = appendText(text, part)
	}
	b.hash.Reset()
	_, _ = b.hash.Write(text) // it never fails
	return Key{sum: [sha256.Size]byte(b.hash.Sum(b.sum[:0]))}
}

// bench is what a key is made on. What a hash.Hash is given lies on nobody's stack, and each key would take a KiB.
type bench struct {
	hash hash.Hash
	text [1024]byte
	sum  [sha256.Size]byte
}

// benches are those of which no key is being made.
var benches = sync.Pool{New: func() any { return &bench{hash: sha256.New()} }} //nolint:gochecknoglobals // nothing is kept in it

// appendText puts the length before a text, so that no two lists of texts look alike.
func appendText(to []byte, text string) []byte {
	return append(binary.AppendUvarint(to, uint64(len(text))), text...)
}

// appendCaller adds as much of a caller as the inputs say. Of whom nothing else is known, what is sent says who that is: all of
// it where the service alone checks credentials, since nobody here knows which fields those are.
func appendCaller(to []byte, inputs Inputs, caller Caller) []byte {
	known := caller.known()
	switch {
	case inputs == Nothing:
		return appendText(to, string(Nothing))
	case inputs == Tenant && known.Tenant != "" && known.ID != "": // services are told no tenant of nobody
		return appendText(appendText(to, string(Tenant)), known.Tenant)
	case (inputs == Principal || inputs == Tenant) && known.ID != "":
		return appendKnown(appendText(to, string(Principal)), known)
	case (inputs == Principal || inputs == Tenant) && !known.Unchecked:
		return appendFields(appendText(to, "credentials"), caller.sent(), func(name string) bool {
			return isCredential(name) || name == known.KeyHeader || slices.Contains(caller.Credentials, name)
		})
	default:
		return appendFields(appendKnown(appendText(to, string(All)), known), caller.sent(), tellsCallers)
	}
}

// known is nobody where it is not said who calls: somebody who has not been checked.
func (c Caller) known() *identity.Caller {
	if c.Known == nil {
		return &identity.Caller{Unchecked: true}
	}
	return c.Known
}

// sent falls back on all that the caller sent, so that nobody is taken for another because somebody forgot to say.
func (c Caller) sent() http.Header {
	if c.Sent == nil && c.Known != nil {
		return c.Known.Sent
	}
	return c.Sent
}

func appendKnown(to []byte, known *identity.Caller) []byte {
	return appendText(appendText(appendText(to, known.Tenant), known.ID), known.Scopes)
}

// appendFields adds the fields of a header that count, sorted by their names, and before them how many there are.
func appendFields(to []byte, header http.Header, counts func(name string) bool) []byte {
	var room [32]string
	names := room[:0]
	for name := range header {
		if counts(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	to = binary.AppendUvarint(to, uint64(len(names)))
	for _, name := range names {
		to = appendField(to, name, header[name])
	}
	return to
}

// appendNamed adds those of some fields that are there, and before them how many that are.
func appendNamed(to []byte, header http.Header, names []string) []byte {
	there := 0
	for _, name := range names {
		there += min(len(header[name]), 1)
	}
	to = binary.AppendUvarint(to, uint64(there))
	for _, name := range names {
		if values := header[name]; len(values) > 0 {
			to = appendField(to, name, values)
		}
	}
	return to
}

func appendField(to []byte, name string, values []string) []byte {
	to = binary.AppendUvarint(appendText(to, name), uint64(len(values)))
	for _, value := range values {
		to = appendText(to, value)
	}
	return to
}

// appendAuthority adds the fields that tell a service which scheme and host a client asked. They belong to the URI: services make
// URLs of them, and whoever chooses the host must not choose it for others.
func appendAuthority(to []byte, caller Caller) []byte {
	const host, proto = "X-Forwarded-Host", "X-Forwarded-Proto"
	if caller.Asked == (Asked{}) {
		return appendNamed(to, caller.Sent, []string{host, proto})
	}
	fields := [...]struct{ name, value string }{{host, caller.Asked.Host}, {proto, caller.Asked.Proto}}
	there := 0
	for _, each := range fields {
		there += min(len(each.value), 1)
	}
	to = binary.AppendUvarint(to, uint64(there))
	for _, each := range fields {
		if each.value != "" {
			to = appendField(to, each.name, []string{each.value})
		}
	}
	return to
}

// isCredential finds by what callers prove who they are to a service that finds that out by itself.
func isCredential(name string) bool {
	switch name {
	case "Authorization", "Cookie", "Proxy-Authorization":
		return true
	default:
		return false
	}
}

// tellsCallers leaves out what names a single request, and what is for caches to understand: by which version of the answer, or
// which part of it, the caller wants to be answered.
func tellsCallers(name string) bool {
	switch name {
	case "X-Request-Id", "Traceparent", "Tracestate", identity.TokenHeader:
		return false
	case "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range", "Range", "Cache-Control", "Pragma":
		return false
	default:
		return true
	}
}
