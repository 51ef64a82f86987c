package tests

import (
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/demo"
	"github.com/concierge-gateway/concierge/gateway"
	"github.com/concierge-gateway/concierge/web"
)

const (
	unmarkedTool = `query Some($n: Int, $on: Boolean = true) { products(first: $n) { nodes { id name @include(if: $on) } } }`
	markedTool   = `query Some($n: Int, $on: Boolean = true) @tool(name: "some.products", scopes: ["a"]) { products(first: $n) { nodes { id name @include(if: $on) } } }`
)

func TestAMarkOfAToolChangesNothingOfHowADocumentIsRun(t *testing.T) {
	t.Parallel()
	p := start(t, standard)
	var answers []string
	for _, text := range []string{unmarkedTool, markedTool} {
		body, err := json.Marshal(map[string]any{"query": text, "variables": map[string]any{"n": 2}})
		if err != nil {
			t.Fatal(err)
		}
		r := p.post(t, string(body), graphqlJSON)
		if r.status != 200 {
			t.Errorf("the status is %d: %s", r.status, r.body)
		}
		answers = append(answers, string(r.body))
	}
	if diff := cmp.Diff(answers[0], answers[1]); diff != "" {
		t.Error(diff)
	}
}

func TestTheCheckOfOperationsTellsWhichAreTools(t *testing.T) {
	t.Parallel()
	services, err := demo.Start(demo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer services.Close()
	c, err := config.Parse([]byte(standard), "test.yml", variables(services))
	if err != nil {
		t.Fatal(err)
	}
	g, err := gateway.New(c, web.Settings{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	explain := func(text string) ([]gateway.Operation, string, error) {
		file := filepath.Join(t.TempDir(), "some.graphql")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		told, err := g.Explain(file)
		return told, file, err
	}
	unmarked, _, err := explain(unmarkedTool)
	if err != nil {
		t.Fatal(err)
	}
	marked, _, err := explain(markedTool)
	if err != nil {
		t.Fatal(err)
	}
	if got := marked[0].Title(); got != "query Some, the tool some.products" {
		t.Errorf("the check says %s", got)
	}
	if diff := cmp.Diff(unmarked[0].Text(), marked[0].Text()); diff != "" {
		t.Errorf("it is planned or costed otherwise: %s", diff)
	}
	if got := unmarked[0].Title(); got != "query Some" {
		t.Errorf("the check says %s", got)
	}
	_, file, err := explain("query Some @tool { me { id } }\nmutation M\n@tool { cancelOrder(id: 1) { order { id } } }")
	want := file + ":3:1: it is a mutation, which is a tool only with mutation: true"
	if mistakes, ok := errors.AsType[config.Mistakes](err); !ok || mistakes.Error() != want {
		t.Errorf("the check says %v, want %s", err, want)
	}
}
