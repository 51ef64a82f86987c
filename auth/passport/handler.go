package passport

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"net/http"
	"time"

	"github.com/concierge-gateway/concierge/problem"
)

// keys are what is published.
type keys struct {
	text []byte
	tag  string
}

// readKeys is the key that signs, and the public halves of the others.
func readKeys(current jwk, retired []string) (keys, error) {
	all := []jwk{current}
	for i, file := range retired {
		key, err := readPublic(file)
		if err != nil {
			return keys{}, fmt.Errorf("publish keys: retired[%d] %w", i, err)
		}
		all = append(all, key)
	}
	text, err := keySet(all)
	if err != nil {
		return keys{}, err
	}
	return keys{text: text, tag: fmt.Sprintf(`"%x"`, sha256.Sum256(text))}, nil
}

// ServeHTTP serves the key set (RFC 7517, section 8.5.2).
func (k keys) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		header.Set("Allow", "GET, HEAD")
		problem.Write(w, problem.New(problem.MethodNotAllowed, ""))
		return
	}
	header.Set("Content-Type", "application/jwk-set+json")
	header.Set("Cache-Control", "public, max-age=300")
	header.Set("ETag", k.tag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(k.text))
}
