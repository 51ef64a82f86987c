// Command answer is no gateway but a yardstick: net/http, and the one answer that is expected, in one write. Who answers from a
// cache can take little less, as long as it stands on net/http. It sets the garbage collector as Concierge sets it.
package main

import (
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/concierge-gateway/concierge/collector"
)

func main() {
	listen := flag.String("listen", "", "the `address` to listen on")
	file := flag.String("body", "", "the `file` that holds the answer")
	flag.Parse()
	collector.Tune(os.LookupEnv, slog.New(slog.DiscardHandler)) //nolint:forbidigo // this is main
	fmt.Fprintln(os.Stderr, "answer:", run(*listen, *file))
	os.Exit(1) //nolint:forbidigo // the same
}

// run listens until that fails.
func run(listen, file string) error {
	body, err := os.ReadFile(file) //nolint:gosec // the runner says which
	if err != nil {
		return err
	}
	server := &http.Server{Addr: listen, Handler: answers(body), ReadHeaderTimeout: 5 * time.Second}
	return server.ListenAndServe()
}

func answers(body []byte) http.HandlerFunc {
	media, length := []string{"application/json"}, []string{strconv.Itoa(len(body))}
	return func(w http.ResponseWriter, _ *http.Request) {
		header := w.Header()
		header["Content-Type"], header["Content-Length"] = media, length
		_, _ = w.Write(body) // a client that has gone cannot be told so
	}
}
