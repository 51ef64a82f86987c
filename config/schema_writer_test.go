package config

import (
	"path"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/concierge-gateway/concierge/passthrough"
	"github.com/concierge-gateway/concierge/priority"
	"github.com/concierge-gateway/concierge/ratelimit"
	"github.com/concierge-gateway/concierge/secret"
	"github.com/concierge-gateway/concierge/units"
)

// JSONSchema is what gateway.schema.json should hold: what an editor can know of a configuration file. Names and forms come
// from the settings' types, descriptions from their doc comments, defaults from Default; what must be given, and which words a
// setting takes, from Validate.
//
// It refuses nothing that the gateway reads. What it does not know is left to concierge check: bounds, settings that contradict
// each other, variables that are not set, files that are not there.
//
// Nothing of this is part of the program, so it stands among the tests.
func JSONSchema(t testing.TB) []byte {
	t.Helper()
	c := Default()
	w := schemaWriter{
		TB: t, config: &c, required: required(c), comments: make(comments),
		places: make(map[reflect.Type]int), defs: forms(),
	}
	w.count(reflect.TypeFor[Config]())
	all := w.setting("", reflect.ValueOf(&c).Elem())
	all.Draft = "https://json-schema.org/draft/2020-12/schema"
	all.Comment = "Written by make generate from the types of the settings. Do not edit it."
	all.Title = "The configuration of Concierge"
	all.Defs = w.defs
	text, err := json.Marshal(all, json.Deterministic(true), jsontext.WithIndent("  "))
	if err != nil {
		t.Fatal(err)
	}
	return append(text, '\n')
}

type schemaWriter struct {
	testing.TB
	config   *Config // the defaults; Validate is asked about changed ones
	required map[string]bool
	comments comments
	places   map[reflect.Type]int
	defs     map[string]*schema
}

// required are the paths of what Validate misses in the defaults, and of all above them. A secret is not among them: a gateway
// for callers without tokens has none.
func required(c Config) map[string]bool {
	c.Auth.Anonymous = true
	all := make(map[string]bool)
	c.Validate(func(path, _ string) {
		for ; path != ""; path = path[:max(strings.LastIndex(path, "."), 0)] {
			all[path] = true
		}
	})
	return all
}

// count finds the types that stand at several places. What stands only within one of those counts once.
func (w schemaWriter) count(t reflect.Type) {
	w.places[t]++
	if t.Kind() != reflect.Struct || w.places[t] > 1 {
		return
	}
	for field := range t.Fields() {
		w.count(field.Type)
	}
}

// setting describes what stands at a path, with v as its default.
func (w schemaWriter) setting(path string, v reflect.Value) *schema {
	if v.Kind() == reflect.Struct {
		return w.once(v.Type(), w.structure(path, v))
	}
	s := w.value(path, v)
	if !s.WriteOnly && !w.required[path] {
		s.Default = defaultOf(v)
	}
	return s
}

// once moves a struct that stands at several places to $defs. Where its defaults differ from those there, it stays.
func (w schemaWriter) once(t reflect.Type, s *schema) *schema {
	if w.places[t] == 1 {
		return s
	}
	name := strings.ToLower(t.Name())
	if name == "config" { // what many packages call theirs
		name = path.Base(t.PkgPath())
	}
	if w.defs[name] == nil {
		w.defs[name] = s
	}
	if !reflect.DeepEqual(w.defs[name], s) {
		return s
	}
	return definition(name)
}

func definition(name string) *schema { return &schema{Ref: "#/$defs/" + name} }

func (w schemaWriter) structure(path string, v reflect.Value) *schema {
	s := &schema{Type: w.orNull(path, "object"), AdditionalProperties: w.further(v.Type())}
	for _, each := range fieldsOf(v.Type()) {
		below := join(path, each.name)
		owner, field := fieldAt(v.Type(), each.index)
		p := property{w.setting(below, v.FieldByIndex(each.index)), each.name}
		if p.Description = w.comments.field(w, owner, field, each.name); p.Description == "" {
			w.Errorf("%s.%s has no doc comment: editors would have nothing to say of %s", owner, field.Name, below)
		}
		s.Properties = append(s.Properties, p)
		if w.required[below] {
			s.Required = append(s.Required, each.name)
		}
	}
	return s
}

// further is what may stand under keys of the file's own choice: nothing, where a struct takes none.
func (w schemaWriter) further(t reflect.Type) any {
	if open, ok := openField(t); ok {
		return w.item(t.FieldByIndex(open).Type.Elem())
	}
	return false
}

// fieldAt is a field by its index, and the struct that declares it.
func fieldAt(t reflect.Type, index []int) (owner reflect.Type, field reflect.StructField) {
	for _, i := range index {
		owner, field = t, t.Field(i)
		t = field.Type
	}
	return owner, field
}

// orNull lets the key of a mapping or a list stand alone, unless something must be given there.
func (w schemaWriter) orNull(path, kind string) any {
	if path == "" || w.required[path] {
		return kind
	}
	return []string{kind, "null"}
}

func (w schemaWriter) value(path string, v reflect.Value) *schema {
	switch v.Kind() {
	case reflect.Slice:
		s := &schema{Type: w.orNull(path, "array"), Items: w.form(v.Type().Elem())}
		if w.required[path] {
			s.MinItems = 1
		}
		return s
	case reflect.Map:
		return &schema{Type: w.orNull(path, "object"), AdditionalProperties: w.form(v.Type().Elem())}
	default:
		if words := w.words(path, v); len(words) > 0 {
			return oneOf(words)
		}
		return w.form(v.Type())
	}
}

// oneOf is one of some words, or a variable.
func oneOf(words []string) *schema {
	return &schema{AnyOf: []*schema{{Enum: words}, definition("variable")}}
}

// form is how one value is written.
func (w schemaWriter) form(t reflect.Type) *schema {
	switch {
	case t == reflect.TypeFor[time.Duration]():
		return definition("duration")
	case t == reflect.TypeFor[units.Bytes]():
		return definition("size")
	case t == reflect.TypeFor[secret.Text]():
		return &schema{Type: "string", WriteOnly: true}
	case t == reflect.TypeFor[priority.Class]():
		return oneOf(classes())
	case t.Kind() == reflect.String:
		return &schema{Type: "string"}
	case t.Kind() == reflect.Bool:
		return definition("boolean")
	case t.Kind() == reflect.Int:
		return definition("number")
	case t.Kind() == reflect.Float64:
		return definition("fraction")
	case t == reflect.TypeFor[passthrough.Date](), t == reflect.TypeFor[time.Time](), t == reflect.TypeFor[ratelimit.Period]():
		return &schema{Type: "string"}
	case t.Kind() == reflect.Slice:
		return &schema{Type: []string{"array", "null"}, Items: w.form(t.Elem())}
	case t.Kind() == reflect.Map:
		return &schema{Type: []string{"object", "null"}, AdditionalProperties: w.form(t.Elem())}
	case t.Kind() == reflect.Struct:
		return w.item(t)
	}
	w.Fatalf("no form is known for values of the type %s", t)
	return nil
}

// item is a struct that stands in a list: it has no defaults.
func (w schemaWriter) item(t reflect.Type) *schema {
	s := &schema{Type: "object", AdditionalProperties: false}
	for _, each := range fieldsOf(t) {
		owner, field := fieldAt(t, each.index)
		p := property{w.form(field.Type), each.name}
		if p.Description = w.comments.field(w, owner, field, each.name); p.Description == "" {
			w.Errorf("%s.%s has no doc comment: editors would have nothing to say of %s", owner, field.Name, each.name)
		}
		s.Properties = append(s.Properties, p)
	}
	return s
}

// classes are the words for how much a request matters.
func classes() []string {
	var words []string
	for _, class := range priority.Classes() {
		words = append(words, class.String())
	}
	return words
}

// forms are those of scalar.go that are not text. A variable may stand in each. The patterns are of the syntax that Go and
// ECMAScript share.
func forms() map[string]*schema {
	const variable = `\$\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\}`
	return map[string]*schema{
		"variable": {Type: "string", Pattern: variable},
		"boolean": {
			Type:         []string{"boolean", "string"},
			Pattern:      `^([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee])$|` + variable,
			ErrorMessage: "must be " + noun(reflect.TypeFor[bool]()),
		},
		"number": {
			Type:         []string{"integer", "string"},
			Pattern:      `^[-+]?[0-9]+$|` + variable,
			ErrorMessage: "must be " + noun(reflect.TypeFor[int]()),
		},
		"fraction": {
			Type:         []string{"number", "string"},
			Pattern:      `^[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?$|` + variable,
			ErrorMessage: "must be " + noun(reflect.TypeFor[float64]()),
		},
		"size": {
			Type:         []string{"string", "integer"},
			Pattern:      `^\s*\+?[0-9]+\s*(B|KiB|MiB|GiB)?\s*$|` + variable,
			Minimum:      new(0),
			ErrorMessage: "must be " + noun(reflect.TypeFor[units.Bytes]()),
		},
		"duration": {AnyOf: []*schema{
			{
				Type:         "string",
				Pattern:      `^[-+]?(0|(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)$|` + variable,
				ErrorMessage: "must be " + noun(reflect.TypeFor[time.Duration]()),
			},
			{Type: "integer", Minimum: new(0), Maximum: new(0)}, // the one that needs no unit
		}},
	}
}

// words are those that a text setting may hold, where Validate takes only some: it lists them when it is given another.
func (w schemaWriter) words(path string, v reflect.Value) []string {
	if v.Kind() != reflect.String {
		return nil
	}
	before := v.String()
	defer v.SetString(before)
	v.SetString("?")
	words := wordsIn(w.complaint(path))
	for _, word := range words {
		v.SetString(word)
		if complaint := w.complaint(path); complaint != "" {
			w.Errorf("%s: Validate lists %q as a word it takes, and then says: %s", path, word, complaint)
		}
	}
	return words
}

// complaint is what Validate says of a path.
func (w schemaWriter) complaint(path string) (message string) {
	w.config.Validate(func(at, what string) {
		if at == path {
			message = what
		}
	})
	return message
}

// wordsIn are a, b and c of "must be a, b or c".
func wordsIn(message string) []string {
	found := regexp.MustCompile(`^must be ((?:\w+, )*\w+) or (\w+)$`).FindStringSubmatch(message)
	if found == nil {
		return nil
	}
	return append(strings.Split(found[1], ", "), found[2])
}

// defaultOf is a value as it is written in a file.
func defaultOf(v reflect.Value) any {
	if d, ok := reflect.TypeAssert[time.Duration](v); ok {
		return shortest(d)
	}
	if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Struct {
		items := make([]map[string]any, v.Len())
		for i := range items {
			items[i] = settingsOf(v.Index(i))
		}
		return items
	}
	return v.Interface()
}

// settingsOf are what is set of an item of a list, as it stands in a file.
func settingsOf(v reflect.Value) map[string]any {
	settings := make(map[string]any)
	for _, each := range fieldsOf(v.Type()) {
		if value := v.FieldByIndex(each.index); !value.IsZero() {
			settings[each.name] = defaultOf(value)
		}
	}
	return settings
}

// shortest is a duration as people write it: 2m for Go's 2m0s.
func shortest(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
