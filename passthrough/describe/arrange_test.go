package describe

import (
	"encoding/json"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	judge "github.com/google/jsonschema-go/jsonschema"
	"pgregory.net/rapid"

	"github.com/concierge-gateway/concierge/jsonschema"
	"github.com/concierge-gateway/concierge/passthrough/reshape"
)

// records are things as the fixture describes them.
var records = []string{
	`{"id":7,"name":"AB-1","place":null,"tags":[]}`,
	`{"id":7,"name":"AB-1","place":{"x":1,"a/b":2},"tags":[{"t":"a","u":1},{"t":"b","u":2}],"either":"x"}`,
	`[{"id":7,"name":"AB-1","place":{"x":1,"a/b":2},"tags":[{"t":"a","u":1}],"either":{"z":1}},{"id":7,"name":"AB-1","place":null,"tags":[]}]`,
}

// Whatever a plan does to records, what comes out is as described: the two are written apart, and must not disagree.
func TestWhatComesOutIsAsDescribed(t *testing.T) {
	contract, _ := written(t)("shop")
	node := contract.Root().Get("components", "schemas", "Thing")
	paths := rapid.SampledFrom([]string{"id", "name", "place", "place/x", "place/a~1b", "tags", "tags/t", "tags/u", "either"})
	targets := rapid.SampledFrom([]string{"id", "name", "a", "b", "place/a", "place/x", "where", "where/x", "tags/a", "tags/of/t", "labels", "labels/t", "key/a", "key/of/b"})
	rapid.Check(t, func(t *rapid.T) {
		spec := reshape.Spec{Shape: thing(), Drops: rapid.SliceOfN(paths, 0, 1).Draw(t, "drops"), Adds: rapid.SliceOfN(targets, 0, 2).Draw(t, "adds")}
		for range rapid.IntRange(0, 4).Draw(t, "moves") {
			spec.Moves = append(spec.Moves, reshape.Move{From: paths.Draw(t, "from"), To: targets.Draw(t, "to")})
		}
		view := guardedAtRandom(t, &spec)
		plan, err := reshape.Compile(spec)
		if err != nil {
			t.Skip(err)
		}
		values, constants := make(reshape.Values, len(spec.Adds)), make([]jsontext.Value, len(spec.Adds))
		for i := range spec.Adds {
			switch rapid.IntRange(0, 2).Draw(t, "value") {
			case 0:
				values[i], constants[i] = []byte(`{"c":1}`), jsontext.Value(`{"c":1}`)
			case 1:
				values[i] = []byte(`"anybody"`)
			}
		}
		schema, _, err := (&filter{}).of(node, spec.Shape, "")
		if err != nil {
			t.Fatal(err)
		}
		arrange(schema, &spec, constants)
		text, err := write(jsonschema.Schema{"anyOf": []jsonschema.Schema{schema, {"type": "array", "items": schema}}})
		if err != nil {
			t.Fatal(err)
		}
		for _, record := range records {
			shown, err := plan.Append(nil, []byte(record), reshape.With{Values: values, View: view})
			if err != nil {
				t.Fatal(err)
			}
			if err := fits(text, shown); err != nil {
				t.Errorf("%s is not as described: %v\n%s", shown, err, text)
			}
		}
	})
}

// guardedAtRandom guards some members, and says who looks at them.
func guardedAtRandom(t *rapid.T, spec *reshape.Spec) reshape.View {
	verdicts := rapid.SliceOfN(rapid.SampledFrom([]reshape.Verdict{reshape.Refuse, reshape.Allow}), 2, 2).Draw(t, "verdicts")
	for _, path := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"name", "place", "place/x", "tags/t", "either"}), 0, 3, rapid.ID).Draw(t, "guarded") {
		below, _ := spec.Shape.At(path)
		form := rapid.SampledFrom([]reshape.Form{reshape.LeaveOut, reshape.Null, reshape.Mask, reshape.Pseudonym}).Draw(t, "form")
		spec.Shape, _ = spec.Shape.With(path, below.Guarded(rapid.IntRange(0, 1).Draw(t, "rule"), form))
	}
	spec.Rules = make([]reshape.Rule, len(verdicts))
	return reshape.View{Verdicts: verdicts, Pseudonym: func(dst, _ []byte) []byte { return append(dst, `"somebody"`...) }}
}

// fits reports what is wrong with a value by a schema.
func fits(schema, value []byte) error {
	var read judge.Schema
	if err := json.Unmarshal(schema, &read); err != nil {
		return err
	}
	resolved, err := read.Resolve(nil)
	if err != nil {
		return err
	}
	var instance any
	if err := json.Unmarshal(value, &instance); err != nil {
		return err
	}
	return resolved.Validate(instance)
}
