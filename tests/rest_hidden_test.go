package tests

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/gateway"
)

// What a service's own contract hides is out of reach too, and a contract that cannot be read hides everything: nothing starts.
func TestWhatAConfiguredContractHidesPassesNoRoute(t *testing.T) {
	const contract = `openapi: 3.1.0
info: {title: Books, version: "1"}
paths: {}
components:
  schemas:
    Book:
      type: object
      properties:
        title: {type: string}
        margin: {type: number, x-visibility: never}
`
	file := filepath.Join(t.TempDir(), "books.yaml")
	if err := os.WriteFile(file, []byte(contract), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ expose, contract, want string }{
		"a member that it shows":       {"title", file, ""},
		"a member that it hides":       {"margin", file, "rest.routes[0].expose[0]: is a member that nobody may see"},
		"a contract that is not there": {"title", file + ".gone", "read the contract of the books service: read contract: no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			yaml := with(standard, "rest", `routes: [{match: "GET /books/{id}", upstream: books, expose: [`+c.expose+`]}]`)
			yaml = with(yaml, "upstreams", `books: {urls: ["http://127.0.0.1:1"], contract: "`+c.contract+`"}`)
			somewhere := func(string) (string, bool) { return "http://127.0.0.1:2", true }
			yaml = strings.ReplaceAll(yaml, `_URL}", "${`, `_URL}/a", "${`) // two endpoints of a service must differ
			_, err := config.Parse([]byte(yaml), "test.yml", somewhere, gateway.Check)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), file) {
				t.Errorf("the mistake names the file: %v", err)
			}
		})
	}
}
