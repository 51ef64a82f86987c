package describe

import (
	"reflect"
	"slices"

	"github.com/concierge-gateway/concierge/jsonschema"
)

// join adds an operation that answers at the same place.
func (o *operation) join(other *operation) {
	o.note("What answers depends on the host, the header or the query: the bodies of all that may are listed.")
	for _, note := range other.notes {
		o.note(note)
	}
	o.deprecated = o.deprecated && other.deprecated
	if o.sunset.Before(other.sunset) || other.sunset.IsZero() {
		o.sunset = other.sunset
	}
	o.joinParameters(other.parameters)
	o.joinBody(other.body)
	for _, each := range other.answers {
		o.joinAnswer(each)
	}
	for _, each := range other.needs {
		if !slices.ContainsFunc(o.needs, func(n need) bool { return reflect.DeepEqual(n, each) }) {
			o.needs = append(o.needs, each)
		}
	}
	if len(o.hosts) > 0 && len(other.hosts) > 0 {
		o.hosts = slices.Compact(slices.Sorted(slices.Values(slices.Concat(o.hosts, other.hosts))))
	} else {
		o.hosts = nil
	}
}

// joinParameters keeps those required that each needs.
func (o *operation) joinParameters(others []parameter) {
	for i := range o.parameters {
		mine := &o.parameters[i]
		at := slices.IndexFunc(others, func(p parameter) bool { return p.in == mine.in && p.name == mine.name })
		if at < 0 {
			mine.required = false
			continue
		}
		mine.required = mine.required && others[at].required
		mine.schema = either(mine.schema, others[at].schema)
	}
	for _, each := range others {
		if !o.has(each.name, each.in) {
			each.required = false
			o.parameters = append(o.parameters, each)
		}
	}
}

func (o *operation) joinBody(other *content) {
	if o.body == nil || other == nil {
		if o.body == nil {
			o.body = other
		}
		if o.body != nil {
			o.body.required = false
		}
		return
	}
	required := o.body.required && other.required
	joined := joinContent([]content{*o.body}, []content{*other})
	*o.body = joined[0] // bodies of other media types are left out: raw routes stand alone where it matters
	o.body.required = required
}

func (o *operation) joinAnswer(other answer) {
	for i := range o.answers {
		mine := &o.answers[i]
		if mine.status != other.status {
			continue
		}
		if !mine.problem && !other.problem {
			mine.content = joinContent(mine.content, other.content)
			for _, each := range other.headers {
				if !slices.ContainsFunc(mine.headers, func(m member) bool { return m.name == each.name }) {
					mine.headers = append(mine.headers, each)
				}
			}
		}
		return
	}
	o.answers = append(o.answers, other)
}

// joinContent brings bodies together by their media types.
func joinContent(mine, others []content) []content {
	for _, other := range others {
		at := slices.IndexFunc(mine, func(c content) bool { return c.media == other.media })
		if at < 0 {
			mine = append(mine, other)
			continue
		}
		mine[at].schema = either(mine[at].schema, other.schema)
		mine[at].examples = append(slices.Clip(mine[at].examples), other.examples...)
	}
	return mine
}

// either is what fits one of two schemas.
func either(a, b jsonschema.Schema) jsonschema.Schema {
	if a == nil || b == nil || len(a) == 0 || len(b) == 0 {
		return jsonschema.Schema{}
	}
	var choices []jsonschema.Schema
	for _, each := range slices.Concat(choicesOf(a), choicesOf(b)) {
		if !slices.ContainsFunc(choices, func(c jsonschema.Schema) bool { return reflect.DeepEqual(c, each) }) {
			choices = append(choices, each)
		}
	}
	if len(choices) == 1 {
		return choices[0]
	}
	if values, ok := enums(choices); ok {
		return jsonschema.Schema{"type": "string", "enum": values}
	}
	return jsonschema.Schema{"anyOf": choices}
}

func choicesOf(s jsonschema.Schema) []jsonschema.Schema {
	if choices, ok := s["anyOf"].([]jsonschema.Schema); ok && len(s) == 1 {
		return choices
	}
	return []jsonschema.Schema{s}
}

// enums are the values of schemas that list texts and nothing else, such as the names of versions.
func enums(schemas []jsonschema.Schema) (values []any, all bool) {
	for _, each := range schemas {
		listed, ok := each["enum"].([]any)
		if !ok || len(each) != 2 || each["type"] != "string" {
			return nil, false
		}
		for _, value := range listed {
			if !slices.Contains(values, value) {
				values = append(values, value)
			}
		}
	}
	return values, true
}
