package purge

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"

	"github.com/concierge-gateway/concierge/problem"
)

// maxBody is how long a request for purges may be, in bytes.
const maxBody = 64 << 10

// Handler purges what requests ask for, whoever sends them: it is for a listener that only those who run the gateway can reach.
func Handler(purges *Log, names Names, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked, err := readRequest(w, r, names)
		if err != nil {
			problem.Write(w, err)
			return
		}
		purges.PurgeAsked(r.Context(), ByAdmin, asked, log)
		Answer(w, len(asked))
	})
}

func readRequest(w http.ResponseWriter, r *http.Request, names Names) ([]Asked, error) {
	text, err := readBody(w, r)
	if err != nil {
		return nil, err
	}
	if err := checkType(r); err != nil {
		return nil, err
	}
	return names.Read(text)
}

// readBody reads a request for purges. Errors are problems.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return nil, problem.New(problem.MethodNotAllowed, "purges are asked for by POST")
	}
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, problem.Wrap(problem.TooLarge, err, "")
	case err != nil:
		return nil, problem.Wrap(problem.BadInput, err, "the body could not be read")
	}
	return text, nil
}

// checkType wants JSON: pages of other sites can make a browser send anything simpler without asking first.
func checkType(r *http.Request) error {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return problem.New(problem.UnsupportedMediaType, "the body must be application/json")
	}
	return nil
}

// Answer says how many purges were made.
func Answer(w http.ResponseWriter, purged int) {
	text, _ := json.Marshal(map[string]int{"purged": purged}) // a number always marshals
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(append(text, '\n')) // a client that has gone cannot be told so
}
