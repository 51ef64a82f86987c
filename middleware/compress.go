package middleware

import (
	"bytes"
	"mime"
	"net/http"

	"github.com/klauspost/compress/gzhttp"

	"github.com/concierge-gateway/concierge/units"
)

// minCompressed is the size below which an answer fits into one packet anyhow.
const minCompressed = 1 * units.KiB

// jitterBytes is how much an answer's compressed size is blurred. The size of an answer that holds a secret beside the
// caller's own words tells about the secret (BREACH), to a site that can make a browser ask with its user's credentials.
// None can here: a token is never taken from a cookie. The blur, which depends on the content and so does not average out
// over repeats, costs nothing that could be measured, and stays should that change.
const jitterBytes = 32

// Compress sends text as zstd or gzip to those who accept it. Whoever accepts nothing of the kind gets what there is, without a
// wrapper that finds that out.
func Compress(next http.Handler) http.Handler {
	wrap, err := gzhttp.NewWrapper(
		gzhttp.MinSize(int(minCompressed)),
		gzhttp.ContentTypeFilter(compressible),
		gzhttp.RandomJitter(jitterBytes, 0, false),
	)
	if err != nil {
		panic(err) // the settings above are constants
	}
	compressed, field := wrap(next), []string{acceptEncoding}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.Header[acceptEncoding]) > 0 {
			if r.ProtoMajor > 1 {
				w = &copying{w}
			}
			compressed.ServeHTTP(w, r)
			return
		}
		if header := w.Header(); len(header["Vary"]) == 0 {
			header["Vary"] = field
		} else {
			header.Add("Vary", acceptEncoding)
		}
		next.ServeHTTP(w, r)
	})
}

const acceptEncoding = "Accept-Encoding"

// copying hands on copies of what is encoded. Once a client has reset its stream, net/http's HTTP/2 returns from Write and may
// still send from its bytes (go.dev/issue/20704), and a compressor uses its memory again for the next answer, which is somebody
// else's. What is too short to be encoded is copied by net/http.
type copying struct{ http.ResponseWriter }

func (c *copying) Write(b []byte) (int, error) {
	if len(c.Header()["Content-Encoding"]) > 0 {
		b = bytes.Clone(b)
	}
	return c.ResponseWriter.Write(b)
}

// Flush is for who looks for an http.Flusher, as the compressor does.
func (c *copying) Flush() { _ = http.NewResponseController(c.ResponseWriter).Flush() }

// Unwrap lets http.ResponseController reach whatever else there is.
func (c *copying) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// compressible leaves out event streams beside all that is compressed already: their events must leave one by one.
func compressible(contentType string) bool {
	mediaType, _, _ := mime.ParseMediaType(contentType)
	switch mediaType {
	case "application/json", "application/problem+json", "application/graphql-response+json",
		"text/html", "text/plain", "text/css", "text/javascript", "application/javascript", "image/svg+xml":
		return true
	default:
		return false
	}
}
