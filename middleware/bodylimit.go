package middleware

import (
	"errors"
	"net/http"

	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/units"
)

// BodyLimit refuses requests whose body says that it is larger than limit, and ends the reading of one that does not say
// so. BodyError names the failure that a handler then meets.
func BodyLimit(limit units.Bytes) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.ContentLength > int64(limit) {
				refuse(w, r, tooLarge(int64(limit), nil))
				return
			}
			if r.Body != http.NoBody && !measured(r) {
				r.Body = http.MaxBytesReader(innermost(w), r.Body, int64(limit))
			}
			next.ServeHTTP(w, r)
		})
	}
}

// measured reports whether the body ends where its length says, so that there is nothing to be watched. By HTTP/1 the bytes that
// come after it are another request's.
func measured(r *http.Request) bool { return r.ProtoMajor == 1 && r.ContentLength >= 0 }

// BodyError is the problem that a handler met with err while it read a request's body. A body too large is the caller's
// fault; so is one that ends early.
func BodyError(err error) error {
	if over, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return tooLarge(over.Limit, err)
	}
	if kind := problem.KindOf(err); kind != problem.Internal {
		return err
	}
	return problem.Wrap(problem.BadInput, err, "the request body could not be read")
}

func tooLarge(limit int64, cause error) error {
	return problem.Wrap(problem.TooLarge, cause, "the request body is larger than "+units.Bytes(limit).String())
}

// innermost is net/http's own writer, which MaxBytesReader tells to close the connection instead of reading on.
func innermost(w http.ResponseWriter) http.ResponseWriter {
	for {
		wrapper, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return w
		}
		w = wrapper.Unwrap()
	}
}
