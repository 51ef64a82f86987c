package attempt

import (
	"context"
	"net/http"
)

// ReadsKey is the key under which the context of a call has anything, where its answer is read as JSON before a part of it is
// handed on, though it streams.
type ReadsKey struct{}

// LongestBrief is the length up to which the answer of such a call is read before its attempt counts. So much is held back by
// whoever reads it, so nobody gets it any later.
const LongestBrief = 32 << 10

// Brief reports whether an answer is one that is read before its attempt counts, so that what breaks off, or is no JSON, is a
// failed attempt and not the end of the call: JSON of an announced length that can be read as it is.
func Brief(ctx context.Context, res *http.Response) bool {
	short := res.ContentLength >= 0 && res.ContentLength <= LongestBrief
	plain := res.StatusCode != http.StatusPartialContent && res.Header["Content-Encoding"] == nil && len(res.Trailer) == 0
	return short && plain && bringsJSON(res) && ctx.Value(ReadsKey{}) != nil
}
