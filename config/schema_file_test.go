package config_test

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"

	"github.com/concierge-gateway/concierge/config"
)

const schemaFile = "../gateway.schema.json"

// TestTheSchemaIsThatOfTheSettings holds the published file against the settings' types. make generate writes it, by -update.
func TestTheSchemaIsThatOfTheSettings(t *testing.T) {
	want := string(config.JSONSchema(t))
	if *update && !t.Failed() {
		writeFile(t, schemaFile, want)
	}
	got := string(readFile(t, schemaFile))
	if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("gateway.schema.json is not what make generate writes. Settings -, file +:\n%s", diff)
	}
}

func TestTheSchemaAcceptsEveryGoodFile(t *testing.T) {
	schema := published(t)
	files, err := filepath.Glob("testdata/*.good.yml")
	if err != nil || len(files) == 0 {
		t.Fatalf("found %d files: %v", len(files), err)
	}
	for _, file := range append(files, exampleFile) {
		if err := schema.Validate(decode(t, readFile(t, file))); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// TestTheSchemaRefusesTheBadFilesThatItCanKnow lists them, each with the settings that it refuses. Where none is named, it
// is the whole that lacks something. The files that are not listed are wrong in ways that only the gateway sees, or are not YAML.
func TestTheSchemaRefusesTheBadFilesThatItCanKnow(t *testing.T) {
	want := map[string][]string{
		"documents":        nil,
		"documents-by-end": nil,
		"duplicate-keys":   {"server.timeouts.idle"},
		"durations":        {"graphql.timeout", "server.timeouts.body", "server.timeouts.header"},
		"empty":            nil,
		"keys":             {"server.1", "server.true"},
		"list":             nil,
		"many-mistakes": {
			"graphql.graphiql", "log.level", "server.listen", "server.max_body", "server.timeout", "server.timeouts.body",
			"upstreams.order.batch.style", "upstreams.user.url",
		},
		"missing":       {"upstreams.order.urls", "upstreams.user"},
		"only-comments": nil,
		"parts":         {"log.level", "upstreams.payment.urls", "upstreams.product.batch.style"},
		"priorities": {
			"graphql.priorities.Cart", "graphql.priorities.Checkout", "graphql.priorities.Home", "graphql.priorities.Report",
			"graphql.priority",
		},
		"routes": {"rest.openapi", "rest.routes"},
		"services": {
			"upstreams.archive.batch.style", "upstreams.archive.retry.max", "upstreams.archive.timeouts.totl", "upstreams.ledger",
			"upstreams.reviews",
		},
		"sizes":        {"graphql.limits.bytes", "server.max_body"},
		"unknown-keys": {"grahpql.timeout", "server.colour", "server.lsiten", "server.maxBody"},
		"variables":    {"upstreams.order", "upstreams.product.urls"},
		"wrong-types": {
			"admin", "auth.issuers", "graphql.documents.entries", "graphql.documents.memory", "graphql.limits.depth",
			"graphql.limits.tokens", "graphql.operations.Home", "log.access_log", "log.level", "server.compression",
			"server.cors.allowed_origins", "server.cors.max_age", "server.listen", "server.max_body.bytes", "server.timeouts",
			"server.tls", "upstreams.order.batch.params.ids", "upstreams.order.batch.params.user_ids", "upstreams.payment",
			"upstreams.user.batch.params", "upstreams.user.urls",
		},
	}
	schema := published(t)
	files, err := filepath.Glob("testdata/*.bad.yml")
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string][]string)
	for _, file := range files {
		var value any
		if err := yaml.UnmarshalWithOptions(readFile(t, file), &value, yaml.AllowDuplicateMapKey()); err != nil {
			continue
		}
		if schema.Validate(value) != nil {
			got[strings.TrimSuffix(filepath.Base(file), ".bad.yml")] = refused(t, schema, value)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
}

// refused are the settings that the schema refuses, each put alone into a good file: of a whole file, it would name one.
func refused(t *testing.T, schema *jsonschema.Resolved, file any) []string {
	t.Helper()
	if _, ok := file.(map[string]any); !ok {
		return nil
	}
	var paths []string
	for _, path := range keys(file, "") {
		good := decode(t, readFile(t, "testdata/minimal.good.yml"))
		put(good, strings.Split(path, "."), valueAt(file, path))
		if schema.Validate(good) != nil {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return paths
}

func valueAt(value any, path string) any {
	for name := range strings.SplitSeq(path, ".") {
		mapping, ok := value.(map[string]any)
		if !ok {
			return value
		}
		value = mapping[name]
	}
	return value
}

func put(into any, path []string, value any) {
	mapping, ok := into.(map[string]any)
	switch {
	case !ok:
		return
	case len(path) == 1:
		mapping[path[0]] = value
		return
	case mapping[path[0]] == nil:
		mapping[path[0]] = make(map[string]any)
	}
	put(mapping[path[0]], path[1:], value)
}

// TestTheSchemaReadsValuesAsTheGatewayDoes adds one setting to a good file, which both must accept or both refuse.
func TestTheSchemaReadsValuesAsTheGatewayDoes(t *testing.T) {
	schema := published(t)
	good := string(readFile(t, "testdata/minimal.good.yml"))
	for _, each := range []struct {
		setting string // %s stands for each value
		values  []string
		want    bool
	}{
		{"log: {level: %s}", []string{"debug", "'warn'", `"${LEVEL}"`, `"${NONE:-error}"`}, true},
		{"log: {level: %s}", []string{"loud", "Debug", "''", "1", "true", "~", "[info]", `"${1ST}"`}, false},
		{"server: {tls: {client_ca: %s}}", []string{"''", `"${EMPTY}"`}, true},
		{"server: {tls: {client_ca: %s}}", []string{"1", "true", "1.5", "~", "[a]", "{a: b}"}, false},
		{"log: {access_log: %s}", []string{"true", "FALSE", "'True'", "'fALSE'", `"${FALSE}"`, `"fal${SE}"`}, true},
		{"log: {access_log: %s}", []string{"yes", "'on'", "1", "0", "~", "[true]", `"${}"`}, false},
		{"graphql: {limits: {depth: %s}}", []string{"10", "+10", "'10'", "'+10'", `"${NUMBER}"`, `"1${NUMBER}"`}, true},
		{"graphql: {limits: {depth: %s}}", []string{"ten", "1.5", "' 10'", "'1e1'", "true", "~", "[10]"}, false},
		{
			"server: {timeouts: {idle: %s}}",
			[]string{"5s", "1m30s", "1.5h", ".5s", "1.s", "+5s", "'5s'", "5us", "5µs", "5ns", `"${DURATION}"`, `"${NUMBER}s"`},
			true,
		},
		{"server: {timeouts: {idle: %s}}", []string{"5", "1.5", "'5'", "5 s", "1d", "s", "5S", "1m 30s", "true", "~", "[5s]"}, false},
		{"server: {timeouts: {drain: %s}}", []string{"0", "'0'", "+0", "-0", "0s"}, true},
		{"server: {timeouts: {drain: %s}}", []string{"1", "-1", "0.5", "'1'"}, false},
		{
			"server: {max_body: %s}",
			[]string{"2048", "+2048", "'2048'", "'+2048'", "2048B", "8KiB", "8 KiB", "' 8MiB '", "1GiB", `"${SIZE}"`},
			true,
		},
		{"server: {max_body: %s}", []string{"8KB", "8kib", "1.5MiB", "-1", "KiB", "1TiB", "true", "~", "[8KiB]"}, false},
		{"graphql: {priority: %s}", []string{"batch", "'critical'", `"${NONE:-interactive}"`, `"${PRIORITY}"`}, true},
		{"graphql: {priority: %s}", []string{"urgent", "Batch", "1", "0", "''", "true", "~", "[batch]", `"${1ST}"`}, false},
		{"graphql: {priorities: %s}", []string{"", "~", "{}", "{Home: batch}", `{Home: batch, Cart: "${PRIORITY}"}`}, true},
		{"graphql: {priorities: %s}", []string{"batch", "[batch]", "{Home: urgent}", "{Home: }", "{Home: {class: batch}}"}, false},
		{"graphql: {operations: %s}", []string{"[]", "~", "", "[Home]", `["${WORD}"]`}, true},
		{"graphql: {operations: %s}", []string{"Home", "{Home: true}", "[1]", "[~]", `"${WORD}"`}, false},
		{"rest: {routes: %s}", []string{"", "~", "[]", "[{}]", `[{match: GET /a}, {upstream: "${WORD}"}]`}, true},
		{"rest: {routes: %s}", []string{"{}", "GET /a", "[GET /a]", "[[]]", "[{path: /a}]"}, false},
		{"rest: {routes: [{sunset: %s}]}", []string{"2027-01-31", "'2027-01-31T12:00:00Z'", "''", `"${EMPTY}"`}, true},
		{"rest: {routes: [{sunset: %s}]}", []string{"2027", "~", "[2027-01-31]", "{day: 31}"}, false},
		{"rest: {routes: [{rename: %s}]}", []string{"", "~", "{}", "{a: b}", "{a/b: ''}", `{a: "${WORD}"}`}, true},
		{"rest: {routes: [{rename: %s}]}", []string{"a", "[a]", "{a: 1}", "{a: }", "{a: {b: c}}"}, false},
		{"rest: {routes: [{scopes: %s}]}", []string{"", "~", "[]", "[a]", `["${WORD}"]`}, true},
		{"rest: {routes: [{scopes: %s}]}", []string{"a", "{a: b}", "[1]", "[~]"}, false},
		{"rest: {routes: [{priority: %s}]}", []string{"batch", `"${PRIORITY}"`}, true},
		{"rest: {routes: [{priority: %s}]}", []string{"urgent", "~", "''"}, false},
		{"rest: {routes: [{timeouts: {body: %s}}]}", []string{"1m", "0", `"${DURATION}"`}, true},
		{"rest: {routes: [{timeouts: {body: %s}}]}", []string{"1", "~", "soon"}, false},
		{"rest: {routes: [{split: %s}]}", []string{"", "[]", "[{weight: 1}]", `[{weight: "${NUMBER}", to: /a}]`}, true},
		{"rest: {routes: [{split: %s}]}", []string{"{weight: 1}", "[1]", "[{weight: a}]", "[{wait: 1}]"}, false},
		{"server: {tls: {client_required: %s}}", []string{"false", `"${FALSE}"`}, true},
		{"graphql: {networks: {allow: %s}}", []string{"", "~", "[]", "[10.0.0.0/8]", "['2001:db8::1']"}, true},
		{"graphql: {networks: {allow: %s}}", []string{"10.0.0.0/8", "[10]", "{a: b}"}, false},
		{"policy: {pseudonym_key: %s}", []string{"''", `"${EMPTY}"`, "a-key-that-is-as-long-as-a-hash-is"}, true},
		{"policy: {pseudonym_key: %s}", []string{"1", "~", "[a]"}, false},
		{"graphql: %s", []string{"", "~", "{}", "{pages: }"}, true},
		{"graphql: %s", []string{"true", "''", "[]", "{page: {}}", `"${WORD}"`}, false},
	} {
		for _, value := range each.values {
			text := strings.Replace(each.setting, "%s", value, 1)
			_, gateway := config.Parse([]byte(good+text+"\n"), "g.yml", variables)
			editor := schema.Validate(decode(t, []byte(good+text+"\n")))
			if (gateway == nil) != each.want || (editor == nil) != each.want {
				t.Errorf("%s: want accepted %t, the gateway says %v, the schema says %v", text, each.want, gateway, editor)
			}
		}
	}
}

// TestTheSchemaReadsIssuersAsTheGatewayDoes adds one setting to the only issuer of a good file.
func TestTheSchemaReadsIssuersAsTheGatewayDoes(t *testing.T) {
	schema := published(t)
	good := string(readFile(t, "testdata/minimal.good.yml"))
	for _, each := range []struct {
		setting string // %s stands for each value
		values  []string
		want    bool
	}{
		{"leeway: %s", []string{"1s", "0", `"${DURATION}"`}, true},
		{"leeway: %s", []string{"1", "~", "soon"}, false},
		{"types: %s", []string{"[JWT]", "['']", `["${EMPTY}"]`}, true},
		{"types: %s", []string{"JWT", "[1]", "[~]"}, false},
		{"scope_map: %s", []string{"", "~", "{}", "{a: [b, c]}", "{a: []}", "{a: }", `{a: ["${WORD}"]}`}, true},
		{"scope_map: %s", []string{"a", "[a]", "{a: b}", "{a: [1]}", "{a: {b: c}}"}, false},
		{"scope: %s", []string{"[a]"}, false},
	} {
		for _, value := range each.values {
			setting := strings.Replace(each.setting, "%s", value, 1)
			text := strings.Replace(good, "issuers: [{", "issuers: [{"+setting+", ", 1)
			_, gateway := config.Parse([]byte(text), "g.yml", variables)
			editor := schema.Validate(decode(t, []byte(text)))
			if (gateway == nil) != each.want || (editor == nil) != each.want {
				t.Errorf("%s: want accepted %t, the gateway says %v, the schema says %v", setting, each.want, gateway, editor)
			}
		}
	}
}

func variables(name string) (string, bool) {
	if value, ok := map[string]string{"LEVEL": "debug", "PRIORITY": "batch", "SE": "se"}[name]; ok {
		return value, true
	}
	return getenv(name)
}

// published is the schema that editors get.
func published(t *testing.T) *jsonschema.Resolved {
	t.Helper()
	var schema jsonschema.Schema
	if err := json.Unmarshal(readFile(t, schemaFile), &schema); err != nil {
		t.Fatal(err)
	}
	resolved, err := schema.Resolve(&jsonschema.ResolveOptions{ValidateDefaults: true})
	if err != nil {
		t.Fatal(err)
	}
	return resolved
}

// decode reads YAML as an editor does: it knows nothing of the settings.
func decode(t *testing.T, text []byte) any {
	t.Helper()
	var value any
	if err := yaml.Unmarshal(text, &value); err != nil {
		t.Fatal(err)
	}
	return value
}
