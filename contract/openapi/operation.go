package openapi

import (
	"cmp"
	"mime"
	"regexp"
	"slices"
	"strings"
)

// Path is a path that a document describes, and the operations of it.
type Path struct {
	Node
	// Values are what stands in a real path for the parameters of this one.
	Values map[string]string
}

// Path finds the description of a real path, such as /users/7. Of several that fit, one with fewer parameters comes first, as
// the specification wants.
func (d *Document) Path(asked string) (Path, bool) {
	var found []Path
	for _, template := range d.paths {
		if values := template.expression.FindStringSubmatch(asked); values != nil {
			found = append(found, Path{Node: template.node, Values: template.values(values[1:])})
		}
	}
	if len(found) == 0 {
		return Path{Node: d.Root().Get("paths")}, false
	}
	return slices.MinFunc(found, func(a, b Path) int { return cmp.Compare(len(a.Values), len(b.Values)) }), true
}

// template is a path with parameters, such as /users/{id}.
type template struct {
	node       Node
	names      []string
	expression *regexp.Regexp
}

func newTemplate(path string, node Node) (template, error) {
	t := template{node: node}
	var pattern strings.Builder
	for path != "" {
		fixed, rest, opened := strings.Cut(path, "{")
		name, after, closed := strings.Cut(rest, "}")
		if !opened || !closed {
			break
		}
		t.names = append(t.names, name)
		pattern.WriteString(regexp.QuoteMeta(fixed) + "([^/]+)")
		path = after
	}
	var err error
	t.expression, err = regexp.Compile("^" + pattern.String() + regexp.QuoteMeta(path) + "$")
	return t, err
}

func (t template) values(in []string) map[string]string {
	values := make(map[string]string, len(t.names))
	for i, name := range t.names {
		values[name] = in[i]
	}
	return values
}

// Operation is what a document says of a method on a path.
type Operation struct {
	Node

	path Path
}

// Operation finds what is said of a method.
func (p Path) Operation(method string) (Operation, bool) {
	found := Operation{Node: p.Get(strings.ToLower(method)), path: p}
	return found, found.Exists()
}

// Value is what stands in the real path for one of its parameters.
func (o Operation) Value(parameter string) string { return o.path.Values[parameter] }

// OfOne reports whether the path has parameters, and so leads to one record.
func (o Operation) OfOne() bool { return len(o.path.Values) > 0 }

// Parameter is a parameter of an operation.
type Parameter struct {
	Node

	// Name and In are what it is called and where it stands: path, query, header or cookie.
	Name, In string
	// Required parameters must be sent.
	Required bool
}

// Parameters are those of the operation, and those of its path that it does not describe itself.
func (o Operation) Parameters() []Parameter {
	var all []Parameter
	for _, node := range slices.Concat(o.Get("parameters").Items(), o.path.Get("parameters").Items()) {
		node = node.followed()
		p := Parameter{Node: node, Name: node.Get("name").Text(), In: node.Get("in").Text(), Required: node.Get("required").True()}
		known := func(other Parameter) bool { return other.Name == p.Name && other.In == p.In }
		if !slices.ContainsFunc(all, known) {
			all = append(all, p)
		}
	}
	return all
}

// Schema is what its values may be.
func (p Parameter) Schema() Schema { return p.Get("schema").Schema() }

// Joined reports how a parameter in a query takes several values: as one text with commas between, or by standing several times.
func (p Parameter) Joined() (commas, repeated bool) {
	style := cmp.Or(p.Get("style").Text(), "form")
	if style != "form" {
		return false, false
	}
	explode := p.Get("explode")
	repeated = !explode.Exists() || explode.True()
	return !repeated, repeated
}

// Body is the JSON that an operation takes.
func (o Operation) Body() (Node, bool) { return asJSON(o.Get("requestBody", "content")) }

// Answers are the JSON of an operation's answers that are a success.
func (o Operation) Answers() []Node {
	var answers []Node
	responses := o.Get("responses")
	for _, status := range responses.Names() {
		if !strings.HasPrefix(status, "2") {
			continue
		}
		if schema, ok := asJSON(responses.Get(status, "content")); ok {
			answers = append(answers, schema)
		}
	}
	return answers
}

// asJSON finds the schema of the media type application/json.
func asJSON(content Node) (Node, bool) {
	for _, name := range content.Names() {
		if mediaType, _, err := mime.ParseMediaType(name); err == nil && mediaType == "application/json" {
			return content.Get(name, "schema"), true
		}
	}
	return content, false
}
