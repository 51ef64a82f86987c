package describe

import (
	"cmp"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/concierge-gateway/concierge/contract/openapi"
	"github.com/concierge-gateway/concierge/jsonschema"
)

// Media types of bodies.
const (
	asJSON    = "application/json"
	asAny     = "*/*"
	asProblem = "application/problem+json"
)

// Ranges of statuses, for what is not known better.
const (
	success   = "2XX"
	otherwise = "default"
)

// route describes an endpoint that leads to a service.
func (b *book) route(o *operation, e *Endpoint, w way) error {
	promised := b.promised(e, o.method)
	o.summary = cmp.Or(o.summary, promised.Get("summary").Text())
	o.path(e, w, promised)
	o.passed(e, promised, inQuery, e.Route.Query)
	o.passed(e, promised, inHeader, e.Route.Headers)
	if e.Route.Raw {
		o.untouched()
		return nil
	}
	if err := b.takes(o, e, promised); err != nil {
		return err
	}
	if err := b.shows(o, e, promised); err != nil {
		return err
	}
	o.refusedBy(promised)
	return nil
}

// promised is what the contract says of the operation that a route leads to. A parameter of several segments may lead to any.
func (b *book) promised(e *Endpoint, method string) openapi.Operation {
	to := cmp.Or(e.Route.To, e.Rule.Pattern.Path())
	contract, ok := b.contract(e.Route.Service)
	if !ok || strings.Contains(to, "...}") {
		return openapi.Operation{}
	}
	path, ok := contract.Path(to)
	if !ok {
		return openapi.Operation{}
	}
	if method == http.MethodHead {
		method = http.MethodGet
	}
	promised, ok := path.Operation(method)
	if !ok {
		return openapi.Operation{}
	}
	return promised
}

// untouched is what can be said of bodies that pass as they are.
func (o *operation) untouched() {
	if !reads(o.method) {
		o.body = &content{media: asAny}
	}
	o.answers = append(o.answers,
		answer{status: success, description: "What the service answers.", content: o.contentOf(content{media: asAny})},
		answer{status: otherwise, description: "What the service answers, or why the gateway does not.", content: o.contentOf(
			content{media: asAny}, content{media: asProblem, schema: refTo(problemSchema)})},
	)
}

// contentOf is what an answer holds: nothing, where it is one to HEAD (RFC 9110, section 9.3.2).
func (o *operation) contentOf(all ...content) []content {
	if o.method == http.MethodHead {
		return nil
	}
	return all
}

// shows describes the answers that are a success.
func (b *book) shows(o *operation, e *Endpoint, promised openapi.Operation) error {
	responses := promised.Get("responses")
	known := false
	for _, status := range responses.Names() {
		response := responses.Get(status)
		if !strings.HasPrefix(status, "2") {
			continue
		}
		known = true
		made := answer{status: status, description: sentenceOf(response), headers: headersOf(e)}
		if schema, ok := jsonIn(response); ok {
			c, err := b.shown(e.Route, e.Rule.Version, schema)
			if err != nil {
				return err
			}
			made.content = o.contentOf(c)
		}
		o.answers = append(o.answers, made)
	}
	if responses.Get("304").Exists() && e.Route.Shows != nil {
		o.answers = append(o.answers, answer{status: "304", description: "The client has the answer already.", headers: headersOf(e)})
	}
	if !reads(o.method) && keepsRecords(e.Route) && !responses.Get("204").Exists() {
		const done = "Done. The result is not for the caller."
		o.answers = append(o.answers, answer{status: "204", description: done, headers: headersOf(e)})
	}
	if known {
		return nil
	}
	c, err := b.shown(e.Route, e.Rule.Version, openapi.Node{})
	if err != nil {
		return err
	}
	made := answer{status: success, description: "What the service answers.", headers: headersOf(e), content: o.contentOf(c)}
	o.answers = append(o.answers, made)
	return nil
}

// sentenceOf is what a contract says of an answer. OpenAPI wants something said.
func sentenceOf(response openapi.Node) string {
	return cmp.Or(response.Get("description").Text(), "The answer.")
}

// headersOf are the fields that tell of an end.
func headersOf(e *Endpoint) object {
	var headers object
	add := func(name, description string) {
		schema := jsonschema.Schema{"type": "string"}
		headers = append(headers, member{name, object{{"description", description}, {"schema", schema}}})
	}
	if !e.Deprecated.IsZero() {
		since := strconv.FormatInt(e.Deprecated.Unix(), 10)
		add("Deprecation", "From when on this should not be used, as RFC 9745 writes it: @"+since+".")
	}
	if !e.Sunset.IsZero() {
		add("Sunset", "From when on this is not answered, as RFC 8594 writes it: "+e.Sunset.UTC().Format(http.TimeFormat)+".")
	}
	if headers != nil {
		add("Link", "What takes its place, where something does, with the relation successor-version.")
	}
	return headers
}

// jsonIn is the schema of what of a response or a request is JSON.
func jsonIn(of openapi.Node) (openapi.Node, bool) {
	all := of.Get("content")
	for _, name := range all.Names() {
		media, _, err := mime.ParseMediaType(name)
		if err == nil && (media == asJSON || strings.HasSuffix(media, "+json") && media != asProblem) {
			return all.Get(name, "schema"), true
		}
	}
	return openapi.Node{}, false
}

// refusedBy adds the refusals that the contract knows: they keep their status, and nothing else.
func (o *operation) refusedBy(promised openapi.Operation) {
	for _, status := range promised.Get("responses").Names() {
		if code, err := strconv.Atoi(status); err == nil && code >= http.StatusBadRequest && code <= 599 {
			o.refuse(code)
		}
	}
	o.answers = append(o.answers, answer{status: otherwise, problem: true})
}

// refuse adds an answer that is a problem.
func (o *operation) refuse(status int) {
	text := strconv.Itoa(status)
	for _, each := range o.answers {
		if each.status == text {
			return
		}
	}
	o.answers = append(o.answers, answer{status: text, problem: true})
}

// day is a moment in words: the day that begins then, if one does.
func day(t time.Time) string {
	if t = t.UTC(); t.Equal(t.Truncate(24 * time.Hour)) {
		return t.Format(time.DateOnly)
	}
	return t.Format(time.RFC3339)
}
