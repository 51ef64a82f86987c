package contract

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/concierge-gateway/concierge/contract/openapi"
	"github.com/concierge-gateway/concierge/units"
	"github.com/concierge-gateway/concierge/upstreams"
)

// The bounds of reading one contract.
const (
	maxContract   = units.MiB
	fetchDeadline = 10 * time.Second
)

// load reads every service's contract: that which the configuration names, or else that which the gateway was written for.
func load(ctx context.Context, config upstreams.Config) (map[string]*openapi.Document, error) {
	var n notebook
	documents := make(map[string]*openapi.Document)
	for service, settings := range config.All() {
		document, err := loadOne(ctx, service, settings.Contract)
		if err != nil {
			n.addf(nameOfContract(service, settings.Contract), "", "%v", err)
		}
		documents[service] = document
	}
	return documents, n.err()
}

// nameOfContract is what messages call a contract. What the setting holds may come from a variable, so they name the setting.
func nameOfContract(service, setting string) string {
	if setting == "" {
		return "upstreams/" + service + "/openapi.yaml"
	}
	return "upstreams." + service + ".contract"
}

func loadOne(ctx context.Context, service, setting string) (*openapi.Document, error) {
	if setting == "" {
		text, err := upstreams.Contract(service)
		if err != nil {
			return nil, unreadable(err)
		}
		return openapi.Parse(nameOfContract(service, setting), text)
	}
	text, err := read(ctx, setting)
	if err != nil {
		return nil, err
	}
	return openapi.Parse(nameOfContract(service, setting), text)
}

// read reads a file or a URL. Its error says nothing of the name.
func read(ctx context.Context, name string) ([]byte, error) {
	if strings.Contains(name, "://") {
		return fetch(ctx, name)
	}
	file, err := os.Open(name) //nolint:gosec // the operator names it
	if err != nil {
		return nil, unreadable(err)
	}
	defer file.Close() //nolint:errcheck // nothing was written
	return readAll(file)
}

func fetch(ctx context.Context, url string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchDeadline)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, unreadable(err)
	}
	req.Header.Set("Accept", "application/yaml, application/json;q=0.9, */*;q=0.1")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(req)
	if err != nil {
		return nil, unreadable(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("cannot be read: the answer has the status %d", res.StatusCode)
	}
	return readAll(res.Body)
}

func readAll(from io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(from, int64(maxContract)+1))
	switch {
	case err != nil:
		return nil, unreadable(err)
	case len(text) > int(maxContract):
		return nil, fmt.Errorf("is larger than %s", maxContract)
	}
	return text, nil
}

// unreadable keeps of an error what names neither file nor host.
func unreadable(err error) error {
	var timeout interface{ Timeout() bool }
	if number, ok := errors.AsType[syscall.Errno](err); ok {
		return fmt.Errorf("cannot be read: %w", number)
	}
	switch {
	case errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Errorf("cannot be read: there was no answer within %s", fetchDeadline)
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("cannot be read: there is none")
	default:
		return errors.New("cannot be read")
	}
}
