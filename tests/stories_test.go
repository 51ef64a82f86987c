package tests

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/concierge-gateway/concierge/demo"
)

var update = flag.Bool("update", false, "write the answers and calls that were seen into the stories")

// TestStories runs testdata/stories/*.txtar. A story is a sequence of these files, after a comment that says what it shows:
//
//	config.yml      the configuration, where it is not testdata/standard.yml
//	limits.yml      what stands below limits
//	faults.json     what goes wrong in the services from here on: {"user": [{"Status": 500}]}
//	as              who sends the operations from here on: a principal, customer at first, or nobody
//	query.graphql   an operation; it is sent with variables.json, where that stands before it
//	plan            how it is executed, as "concierge check --operations" tells it
//	answer.json     what must come back for it, without request ids
//	limits          what its header must say of limits, and its status, with times rounded up to minutes
//	calls           what the services must have been asked meanwhile, in any order
func TestStories(t *testing.T) {
	files, err := filepath.Glob("testdata/stories/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no stories: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			story, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			tell(t, story)
			if *update {
				if err := os.WriteFile(file, txtar.Format(story), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// tell runs a story. When stories are updated, what was seen replaces what was expected.
func tell(t *testing.T, story *txtar.Archive) {
	t.Helper()
	yaml := standard
	if i := slices.IndexFunc(story.Files, named("config.yml")); i >= 0 {
		yaml = string(story.Files[i].Data)
	}
	yaml = withLimits(yaml, story)
	p := start(t, yaml)
	var next, last operation
	var answer reply
	for i := range story.Files {
		file := &story.Files[i]
		switch file.Name {
		case "config.yml", "limits.yml":
		case "faults.json":
			p.fail(t, file.Data)
		case "as":
			next.as = strings.TrimSpace(string(file.Data))
		case "variables.json":
			next.variables = file.Data
		case "query.graphql":
			next.query = string(file.Data)
			p.services.ResetCalls()
			answer = p.run(t, next)
			last = next
			next.variables = nil
		case "plan":
			if environment(withoutPlans) != "off" {
				file.Data = compare(t, "plan", file.Data, []byte(start(t, yaml).planOf(t, last))) // whose calls are no part of the story
			}
		case "answer.json":
			file.Data = compare(t, "answer", file.Data, inMinutes(readable(t, answer.body)))
		case "limits":
			file.Data = compare(t, "limits", file.Data, limitsIn(answer.header))
		case "calls":
			file.Data = compare(t, "calls", file.Data, p.calls())
		default:
			t.Fatalf("a story has no file %q", file.Name)
		}
	}
}

func named(name string) func(txtar.File) bool {
	return func(f txtar.File) bool { return f.Name == name }
}

func compare(t *testing.T, what string, want, got []byte) []byte {
	t.Helper()
	if diff := cmp.Diff(string(bytes.TrimSpace(want)), string(bytes.TrimSpace(got))); diff != "" && !*update {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
	return append(bytes.TrimSpace(got), '\n')
}

// fail makes the services misbehave.
func (p *program) fail(t *testing.T, data []byte) {
	t.Helper()
	var faults map[string][]demo.Fault
	if err := json.Unmarshal(data, &faults); err != nil {
		t.Fatal(err)
	}
	p.services.ClearFaults()
	for service, each := range faults {
		p.services.SetFault(service, each...)
	}
}

// calls are the lines of what the services were asked, sorted.
func (p *program) calls() []byte {
	var lines []string
	for _, call := range p.services.Calls() {
		lines = append(lines, call.String())
	}
	slices.Sort(lines)
	return []byte(strings.Join(lines, "\n"))
}

// readable is an answer with its members in order of their names, a line each, and without request ids. Errors of one answer
// come in any order, so they are sorted.
func readable(t *testing.T, answer []byte) []byte {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(answer))
	dec.UseNumber()
	var value map[string]any
	if err := dec.Decode(&value); err != nil {
		t.Fatalf("the answer is not JSON: %v\n%s", err, answer)
	}
	delete(value, "request_id") // of a problem
	if errs, ok := value["errors"].([]any); ok {
		for _, each := range errs {
			delete(each.(map[string]any)["extensions"].(map[string]any), "requestId")
		}
		slices.SortFunc(errs, func(a, b any) int { return strings.Compare(text(t, a), text(t, b)) })
	}
	indented, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return indented
}

func text(t *testing.T, value any) string {
	t.Helper()
	encoded, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(encoded)
}
