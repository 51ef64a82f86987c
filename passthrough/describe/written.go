package describe

import (
	"strings"
)

// written is an operation as OpenAPI has it.
func (o *operation) written(parts *components) object {
	made := object{{"operationId", o.id}}
	add := func(is bool, name string, value any) {
		if is {
			made = append(made, member{name, value})
		}
	}
	add(o.summary != "", "summary", o.summary)
	add(len(o.notes) > 0, "description", strings.Join(o.notes, " "))
	add(o.deprecated, "deprecated", true)
	add(!o.sunset.IsZero(), "x-sunset", day(o.sunset))
	add(len(o.hosts) > 0, "servers", servers(o.hosts))
	add(true, "security", security(o.needs))
	add(len(o.parameters) > 0, "parameters", parameters(o.parameters))
	if o.body != nil {
		body := object{{"content", contents([]content{*o.body})}}
		if o.body.required {
			body = append(object{{"required", true}}, body...)
		}
		add(true, "requestBody", body)
	}
	responses := make(object, len(o.answers))
	for i, each := range o.answers {
		responses[i] = member{each.status, each.written(parts)}
	}
	add(true, "responses", responses)
	return made
}

// servers are the hosts. One with a * stands for many, of which the description needs one.
func servers(hosts []string) []object {
	made := make([]object, len(hosts))
	for i, host := range hosts {
		if rest, wild := strings.CutPrefix(host, "*."); wild {
			variable := object{{"default", "www"}, {"description", "Any name."}}
			made[i] = object{{"url", "//{host}." + rest}, {"variables", object{{"host", variable}}}}
			continue
		}
		made[i] = object{{"url", "//" + host}}
	}
	return made
}

func security(needs []need) []object {
	made := make([]object, len(needs))
	for i, each := range needs {
		if made[i] = (object{}); !each.nothing {
			made[i] = object{{bearer, append([]string{}, each.scopes...)}}
		}
	}
	return made
}

func parameters(all []parameter) []object {
	made := make([]object, len(all))
	for i, p := range all {
		each := object{{"name", p.name}, {"in", p.in}}
		if p.description != "" {
			each = append(each, member{"description", p.description})
		}
		if p.required {
			each = append(each, member{"required", true})
		}
		if p.joined {
			each = append(each, member{"style", "form"}, member{"explode", false})
		}
		each = append(each, member{"schema", p.schema})
		if p.example != nil {
			each = append(each, member{"example", p.example})
		}
		made[i] = each
	}
	return made
}

func contents(all []content) object {
	made := make(object, len(all))
	for i, each := range all {
		media := object{}
		if each.schema != nil {
			media = append(media, member{"schema", each.schema})
		}
		if len(each.examples) > 0 {
			media = append(media, member{"examples", examples(each.examples)})
		}
		made[i] = member{each.media, media}
	}
	return made
}

func examples(all []example) object {
	taken := make(map[string]bool)
	made := make(object, len(all))
	for i, each := range all {
		made[i] = member{unique(each.name, taken), object{{"summary", each.summary}, {"value", each.value}}}
	}
	return made
}

func (a answer) written(parts *components) object {
	if a.problem {
		return parts.problem(a.status)
	}
	made := object{{"description", a.description}}
	if len(a.headers) > 0 {
		made = append(made, member{"headers", a.headers})
	}
	if len(a.content) > 0 {
		made = append(made, member{"content", contents(a.content)})
	}
	return made
}
