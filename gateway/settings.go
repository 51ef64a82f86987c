package gateway

import (
	"fmt"
	"net/http"
	"time"

	"github.com/concierge-gateway/concierge/problem"
)

// settings shows the operator the configuration in force, without its secrets.
func (e *edition) settings(w http.ResponseWriter, _ *http.Request) {
	shown, err := e.config.YAML()
	if err != nil {
		problem.Write(w, problem.New(problem.Internal, "")) // nothing of it is shown where something cannot be
		return
	}
	v := e.version
	head := fmt.Sprintf("# Version %d of this instance, in force since %s. All settings and the files they lead to: %s.\n",
		v.Number, v.Since.UTC().Format(time.RFC3339), v.Hash)
	w.Header().Set("Content-Type", "application/yaml")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(append([]byte(head), shown...)) // a client that has gone cannot be told so
}
