package schemadiff

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/coordinates"
)

func TestAReportNamesWhomAChangeTouches(t *testing.T) {
	r := Report{
		Changes: []Change{
			{
				Severity: Breaking, Kind: "FIELD_REMOVED", Coordinate: "A.x", Message: "was removed", File: "a", Line: 3, Before: true,
				Touches: []string{"A.x"},
			},
			{Severity: Breaking, Kind: "FIELD_REMOVED", Coordinate: "A.y", Message: "was removed", Touches: []string{"A.y"}},
			{Severity: Safe, Kind: "FIELD_ADDED", Coordinate: "A.z", Message: "is new", File: "b", Line: 4, Touches: []string{"A"}},
		},
		Evidence: &Evidence{
			Operations: []Operation{
				{Name: "Home", Client: "web", File: "m.json", Line: 2, Uses: coordinates.Uses{"A": 1, "A.x": 1}, Refused: "no x"},
				{File: "n.graphql", Line: 1, Uses: coordinates.Uses{"A.z": 1}},
			},
			Counted: map[string][]Counted{"A.x": {
				{Name: "ios", Version: "2", Times: 5, Last: time.Unix(60, 0)},
				{Name: "ios", Version: "1", Times: 1, Last: time.Unix(0, 0)},
				{Name: "ios", Version: "2", Times: 3, Last: time.Unix(120, 0)},
			}},
		},
	}
	want := `a:3 (old): breaking: A.x was removed (FIELD_REMOVED)
    touches Home of web (m.json:2)
    touches ios 1, 1×, last at 1970-01-01T00:00:00Z
    touches ios 2, 5×, last at 1970-01-01T00:02:00Z
breaking: A.y was removed (FIELD_REMOVED)
    no known operation or client uses it
b:4: safe: A.z is new (FIELD_ADDED)
not valid any more: Home of web (m.json:2): no x
2 breaking, 0 dangerous and 1 safe changes
`
	if diff := cmp.Diff(want, r.Text()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTheVerdictGoesByWhomChangesTouch(t *testing.T) {
	breaking := Change{Severity: Breaking, Touches: []string{"A.x"}}
	dangerous := Change{Severity: Dangerous, Touches: []string{"A.x"}}
	user := Operation{Uses: coordinates.Uses{"A.x": coordinates.Written}}
	other := Operation{Uses: coordinates.Uses{"A.y": coordinates.Written}}
	refused := Operation{Uses: coordinates.Uses{"A.y": coordinates.Written}, Refused: "too many"}
	for _, c := range []struct {
		changes          []Change
		known            *Evidence
		unusedOK, strict bool
		fails            bool
	}{
		{nil, nil, false, true, false},
		{[]Change{breaking}, nil, false, false, true},
		{[]Change{breaking}, &Evidence{}, false, false, true},
		{[]Change{breaking}, &Evidence{Operations: []Operation{other}}, true, false, false},
		{[]Change{breaking}, &Evidence{Operations: []Operation{user}}, true, false, true},
		{[]Change{breaking}, &Evidence{Counted: map[string][]Counted{"A.x": {{Name: "web"}}}}, true, false, true},
		{[]Change{dangerous}, nil, false, false, false},
		{[]Change{dangerous}, nil, false, true, true},
		{nil, &Evidence{Operations: []Operation{refused}}, false, false, true},
		{nil, &Evidence{Operations: []Operation{refused}}, true, false, true},
	} {
		r := Report{Changes: c.changes, Evidence: c.known}
		if err := r.Verdict(c.unusedOK, c.strict); (err != nil) != c.fails {
			t.Errorf("%+v with %+v (%t, %t) gives %v", c.changes, c.known, c.unusedOK, c.strict, err)
		}
	}
}

func TestAReportNamesNoMoreThanAnybodyReads(t *testing.T) {
	e := &Evidence{}
	for i := range maxTouched + 3 {
		e.Operations = append(e.Operations, Operation{Name: fmt.Sprintf("O%d", i), Uses: coordinates.Uses{"A": coordinates.Written}})
	}
	text := Report{Changes: []Change{{Severity: Breaking, Touches: []string{"A"}}}, Evidence: e}.Text()
	if !strings.Contains(text, "and 3 more\n") || strings.Count(text, "touches") != maxTouched {
		t.Error(text)
	}
}

func TestASchemaIsReadFromAFileOrAFolder(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	empty := t.TempDir()
	file := write("a.graphql", `type Query { a: Int } scalar String directive @deprecated(reason: String) on FIELD_DEFINITION`)
	write("b.gql", `extend type Query { b: Int }`)
	nothing := write("c/nothing.graphql", "# a comment\n")
	write("notes.txt", `{`)
	write("operations/c.graphql", `{ a }`)
	for path, want := range map[string]int{file: 1, folder: 2} {
		schema, err := Read(path)
		if err != nil {
			t.Fatal(err)
		}
		if schema.Query.Fields.ForName("b") != nil != (want == 2) {
			t.Errorf("%s has fields %v", path, schema.Query.Fields)
		}
	}
	for _, path := range []string{empty, nothing, filepath.Join(folder, "none"), filepath.Join(folder, "notes.txt")} {
		if _, err := Read(path); err == nil {
			t.Errorf("%s is read", path)
		}
	}
}
