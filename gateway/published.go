package gateway

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"net/http"
	"time"

	"github.com/concierge-gateway/concierge/problem"
)

// published serves a text that stays the same, to GET and HEAD. caching is its Cache-Control.
func published(text []byte, mediaType, caching string) http.Handler {
	tag := fmt.Sprintf(`"%x"`, sha256.Sum256(text))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			header.Set("Allow", "GET, HEAD")
			refuse(w, r, problem.New(problem.MethodNotAllowed, ""))
			return
		}
		header.Set("Content-Type", mediaType)
		header.Set("Cache-Control", caching)
		header.Set("ETag", tag)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(text))
	})
}
