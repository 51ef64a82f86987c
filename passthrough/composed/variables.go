package composed

import (
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/pressure"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/variables"
)

// Variables are the operation's, as a request gives them: by the path, of which param tells the parameters with their escapes
// undone, by the query and by the body. Those that are left out are not in it. The error is a problem that names the parameter,
// mostly BadInput; it quotes no value.
func (o *Operation) Variables(r *http.Request, param func(name string) (string, bool)) (map[string]any, error) {
	values := make(map[string]any, len(o.variables))
	if err := o.fromPath(values, param); err != nil {
		return nil, err
	}
	if err := o.fromQuery(values, r.URL.RawQuery); err != nil {
		return nil, err
	}
	if !takesBody(o.Method) {
		return values, nil
	}
	sent, err := o.fromBody(r)
	if err != nil {
		return nil, err
	}
	maps.Copy(values, sent)
	return values, nil
}

func (o *Operation) fromPath(values map[string]any, param func(name string) (string, bool)) error {
	for i := range o.variables {
		v := &o.variables[i]
		if v.in != InPath {
			continue
		}
		text, given := param(v.name)
		if !given {
			return problem.New(problem.BadInput, v.name+" in the path is needed")
		}
		value, ok := variables.FromText(v.definition, text)
		if !ok {
			return problem.New(problem.BadInput, v.name+" in the path must be "+variables.Wanted(v.definition))
		}
		values[v.name] = value
	}
	return nil
}

func (o *Operation) fromQuery(values map[string]any, raw string) error {
	query, err := url.ParseQuery(raw)
	if err != nil {
		return problem.Wrap(problem.BadInput, err, "the query string is not well formed")
	}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		v := o.find(name, InQuery)
		if v == nil {
			return problem.New(problem.BadInput, fmt.Sprintf("there is no query parameter %.40q", name))
		}
		if values[name], err = v.fromQuery(query[name]); err != nil {
			return err
		}
	}
	for i := range o.variables {
		v := &o.variables[i]
		if _, given := query[v.name]; v.in == InQuery && v.required() && !given {
			return problem.New(problem.BadInput, fmt.Sprintf("the query parameter %s is needed", v.name))
		}
	}
	return nil
}

// fromQuery is the value of a query parameter, from each time that it was given.
func (v *variable) fromQuery(given []string) (any, error) {
	if v.kind.Elem == nil {
		if len(given) > 1 {
			return nil, problem.New(problem.BadInput, fmt.Sprintf("the query parameter %s is given more than once", v.name))
		}
		value, ok := variables.FromText(v.definition, given[0])
		if !ok {
			return nil, problem.New(problem.BadInput,
				fmt.Sprintf("the query parameter %s must be %s", v.name, variables.Wanted(v.definition)))
		}
		return value, nil
	}
	list := make([]any, 0, len(given))
	for _, text := range given {
		if text == "" {
			continue // ids= is a list of none
		}
		for part := range strings.SplitSeq(text, ",") {
			value, ok := variables.FromText(v.definition, part)
			if !ok {
				return nil, problem.New(problem.BadInput,
					fmt.Sprintf("each element of the query parameter %s must be %s", v.name, variables.Wanted(v.definition)))
			}
			list = append(list, value)
		}
	}
	return list, nil
}

// heldEach is what a byte of a body takes of memory: itself, its copy, and the values that it holds.
const heldEach = 8

// fromBody is what the body gives. One that is empty gives nothing.
func (o *Operation) fromBody(r *http.Request) (map[string]any, error) {
	text, err := io.ReadAll(pressure.Reader(r.Context(), r.Body, heldEach))
	if err != nil {
		return nil, middleware.BodyError(err)
	}
	var members []variables.Variable
	for i := range o.variables {
		if v := &o.variables[i]; v.in == InBody {
			members = append(members, v.readable())
		}
	}
	if len(text) == 0 {
		return nil, lacking(members)
	}
	if !isJSON(r.Header.Get("Content-Type")) {
		return nil, problem.New(problem.UnsupportedMediaType, "a request body is application/json in UTF-8")
	}
	return variables.Read(o.schema, members, text, "the body")
}

// lacking is the refusal of an empty body where some of it is needed.
func lacking(members []variables.Variable) error {
	for i := range members {
		if members[i].Required {
			return problem.New(problem.BadInput, "the request body is empty, and /"+members[i].Name+" in it is needed")
		}
	}
	return nil
}

func isJSON(contentType string) bool {
	media, params, err := mime.ParseMediaType(contentType)
	charset, named := params["charset"]
	return err == nil && media == "application/json" && (!named || strings.EqualFold(charset, "utf-8"))
}
