package validate

import "net/textproto"

// Where parameters stand, and what a body is called beside them.
const (
	inBody   = "body"
	inPath   = "path"
	inQuery  = "query"
	inHeader = "header"
	inCookie = "cookie"
)

// parameter is what the contract says of a parameter.
type parameter struct {
	name, in string
	base     string  // what violations call it: "query limit"
	value    segment // of a path, where it is in the template
	required bool
	empty    bool // may be there without a value
	schema   *schema
	shape    shape
	// separator stands between the elements of a joined array.
	separator string
	kinds     kinds // of a single value, or of each element
}

// shape is how values stand in a text.
type shape int

const (
	single   shape = iota // one value
	joined                // an array, as one text with something between its elements
	repeated              // an array, each element as a value of its own
	deep                  // an object, each member as a value of its own: filter[name]=…
	written               // JSON
)

// parameter compiles a parameter. It is nil for the header fields that OpenAPI describes elsewhere.
func (c *compiler) parameter(p place, values map[string]segment) *parameter {
	made := &parameter{
		name:     p.member("name").text(),
		in:       p.member("in").text(),
		required: p.member("required").value == true,
		empty:    p.member("allowEmptyValue").value == true,
	}
	made.base = made.in + " " + made.name
	switch made.in {
	case inPath:
		var ok bool
		if made.value, ok = values[made.name]; !ok {
			c.fail(p, "the path has no parameter of this name")
		}
	case inHeader:
		made.name = textproto.CanonicalMIMEHeaderKey(made.name)
		if made.name == "Accept" || made.name == "Content-Type" || made.name == "Authorization" {
			return nil // OpenAPI 3.1.0, Parameter Object, name
		}
	case inQuery, inCookie:
	default:
		c.fail(p, "parameters stand in path, query, header or cookie")
	}
	if content := p.member("content"); p.has("content") {
		c.content(made, content)
		return made
	}
	made.schema = c.optional(p, "schema")
	c.shape(made, p)
	return made
}

// content compiles a parameter that is a text of some media type. Only JSON is looked into.
func (c *compiler) content(made *parameter, content place) {
	for _, name := range names(content) {
		if isJSON(mediaType(name)) {
			made.schema, made.shape = c.optional(content.member(name), "schema"), written
		}
	}
}

// shape compiles style and explode. They matter where the schema is for arrays or objects.
func (c *compiler) shape(made *parameter, p place) {
	kinds := made.schema.allowed()
	switch {
	case made.schema == nil || kinds&(anArray|anObject) == 0 || kinds == anything:
		made.kinds = texts(kinds)
		if style := p.member("style").text(); style == "matrix" || style == "label" {
			c.fail(p.member("style"), "values of this style are not read")
		}
	case kinds&anArray != 0:
		made.kinds = texts(made.schema.element().allowed())
		c.arrayShape(made, p)
	case p.member("style").text() == "deepObject" && made.in == inQuery:
		made.shape = deep
	default:
		c.fail(p, "objects are read in queries alone, with the style deepObject")
	}
}

func (c *compiler) arrayShape(made *parameter, p place) {
	style := p.member("style").text()
	if style == "" {
		style = map[string]string{inQuery: "form", inCookie: "form"}[made.in] // and simple elsewhere
	}
	explode := style == "form"
	if p.has("explode") {
		explode = p.member("explode").value == true
	}
	separators := map[string]string{"": ",", "simple": ",", "form": ",", "spaceDelimited": " ", "pipeDelimited": "|"}
	separator, ok := separators[style]
	switch {
	case !ok:
		c.fail(p.member("style"), "arrays of this style are not read")
	case made.in == inQuery && explode:
		made.shape = repeated
	default:
		made.shape, made.separator = joined, separator
	}
}
