package describe

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/concierge-gateway/concierge/contract/openapi"
	"github.com/concierge-gateway/concierge/jsonschema"
	"github.com/concierge-gateway/concierge/passthrough/reshape"
	"github.com/concierge-gateway/concierge/passthrough/routing"
)

// parameter is one of an operation.
type parameter struct {
	name, in    string
	description string
	required    bool
	joined      bool // several values are one text, with commas
	schema      jsonschema.Schema
	example     any
}

// Where parameters are.
const (
	inPath   = "path"
	inQuery  = "query"
	inHeader = "header"
)

// conditions are the parameters and the notes by which the rule is told from others.
func (o *operation) conditions(rule routing.Rule, w way) {
	if rule.Host != "" {
		o.hosts = []string{rule.Host}
	}
	o.version(rule, w)
	for _, name := range slices.Sorted(maps.Keys(rule.Headers)) {
		if isOpenAPIs(name) {
			o.note("Only with " + name + ": " + rule.Headers[name] + ".")
			continue
		}
		o.condition(name, inHeader, rule.Headers[name])
	}
	for _, name := range slices.Sorted(maps.Keys(rule.Query)) {
		o.condition(name, inQuery, rule.Query[name])
	}
}

func (o *operation) condition(name, in, value string) {
	schema := jsonschema.Schema{"type": "string"}
	if value != "*" {
		schema["const"] = value
	}
	o.parameters = append(o.parameters, parameter{name: name, in: in, required: true, schema: schema})
}

// isOpenAPIs reports whether a header field is described by other means than a parameter, which would be ignored.
func isOpenAPIs(name string) bool {
	name = http.CanonicalHeaderKey(name)
	return name == "Accept" || name == "Content-Type" || name == "Authorization"
}

// version says how a request names the version where its path does not. An answer has the media type that it has: what a request
// accepts is told in words.
func (o *operation) version(rule routing.Rule, w way) {
	if rule.Version == "" || w.versioned {
		return
	}
	number := strings.TrimPrefix(rule.Version, "v")
	if rule.ByHeader {
		o.parameters = append(o.parameters, parameter{
			name: "API-Version", in: inHeader, description: "The version that is asked for.", required: !rule.Default && !rule.ByMediaType,
			schema: jsonschema.Schema{"type": "string", "enum": []any{rule.Version, number}},
		})
	}
	if rule.ByMediaType {
		o.note("Accept: application/json;version=" + number + " asks for version " + rule.Version + ".")
	}
	if rule.Default {
		o.note("Version " + rule.Version + " answers where none is asked for.")
	}
}

// path adds the parameters of the path, with what the contract says of those that it has in the same place.
func (o *operation) path(e *Endpoint, w way, promised openapi.Operation) {
	for _, name := range paramsIn(w.path) {
		p := parameter{name: name, in: inPath, required: true, schema: jsonschema.Schema{"type": "string"}}
		for _, theirs := range promisedIn(promised, inPath) {
			if promised.Value(theirs.Name) == "{"+name+"}" {
				p.description, p.schema = theirs.Get("description").Text(), whole(theirs)
			}
		}
		if name == w.rest {
			p.description = strings.TrimSpace(p.description + " It may hold slashes, and be empty.")
		}
		p.exemplify(e.Example)
		o.parameters = append(o.parameters, p)
	}
}

// passed adds the contract's parameters of a kind that reach the service, by the names that clients give them.
func (o *operation) passed(e *Endpoint, promised openapi.Operation, in string, changes Fields) {
	for _, theirs := range promisedIn(promised, in) {
		p := parameter{
			name: theirs.Name, in: in, description: theirs.Get("description").Text(), required: theirs.Required, schema: whole(theirs),
		}
		p.joined, _ = theirs.Joined()
		if !p.rename(changes) || in == inHeader && isKept(p.name) || o.has(p.name, in) {
			continue
		}
		p.exemplify(e.Example)
		o.parameters = append(o.parameters, p)
	}
}

// promisedIn are the contract's parameters of a kind, none where there is no contract.
func promisedIn(promised openapi.Operation, in string) []openapi.Parameter {
	if !promised.Exists() {
		return nil
	}
	return slices.DeleteFunc(promised.Parameters(), func(p openapi.Parameter) bool { return p.In != in })
}

func whole(p openapi.Parameter) jsonschema.Schema {
	schema, _, _ := (&filter{}).of(p.Get("schema"), reshape.AnythingBut(nil), "") // it hides nothing that could be shown
	if schema == nil {
		return jsonschema.Schema{}
	}
	return schema
}

// rename finds what clients call a parameter. What they cannot set is none of theirs.
func (p *parameter) rename(changes Fields) (theirs bool) {
	same := func(name string) bool { return name == p.name || p.in == inHeader && strings.EqualFold(name, p.name) }
	holds := func(names map[string]string) (value string, held bool) {
		for name, value := range names {
			if same(name) {
				return value, true
			}
		}
		return "", false
	}
	if _, set := holds(changes.Set); set {
		return false
	}
	if value, otherwise := holds(changes.Default); otherwise {
		p.required = false
		if !strings.Contains(value, "{") {
			p.schema["default"] = valueOf(value, p.schema)
		}
	}
	for _, client := range slices.Sorted(maps.Keys(changes.Rename)) {
		if same(changes.Rename[client]) && !slices.Contains(changes.Drop, client) {
			p.name = client
			return true
		}
	}
	_, renamed := holds(changes.Rename)
	return !renamed && !slices.ContainsFunc(changes.Drop, same)
}

// isKept reports whether a field does not reach the service as a client wrote it, or is told by other means.
func isKept(name string) bool {
	switch http.CanonicalHeaderKey(name) {
	case "Range", "If-Range", "X-User-Id", "X-User-Scopes", "X-User-Tenant", "Cookie":
		return true
	default:
		return isOpenAPIs(name)
	}
}

func (o *operation) has(name, in string) bool {
	return slices.ContainsFunc(o.parameters, func(p parameter) bool {
		return p.in == in && (p.name == name || in == inHeader && strings.EqualFold(p.name, name))
	})
}

func (p *parameter) exemplify(examples map[string]string) {
	if text, given := examples[p.name]; given {
		p.example = valueOf(text, p.schema)
	}
}

// valueOf is a text of a path or query as a value of a schema.
func valueOf(text string, schema jsonschema.Schema) any {
	if schema["type"] == "array" {
		items, _ := schema["items"].(jsonschema.Schema)
		var values []any
		for each := range strings.SplitSeq(text, ",") {
			values = append(values, valueOf(each, items))
		}
		return values
	}
	switch schema["type"] {
	case "integer":
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n
		}
	case "number":
		if n, err := strconv.ParseFloat(text, 64); err == nil {
			return n
		}
	case "boolean":
		if is, err := strconv.ParseBool(text); err == nil {
			return is
		}
	}
	return text
}

// renameInPath gives the parameters of the path the names that they have on the page.
func (o *operation) renameInPath(path, page string) {
	theirs := paramsIn(page)
	names := make(map[string]string, len(theirs))
	for i, name := range paramsIn(path) {
		names[name] = theirs[i]
	}
	for i := range o.parameters {
		if p := &o.parameters[i]; p.in == inPath {
			p.name = names[p.name]
		}
	}
}
