package validate

import (
	"maps"
	"slices"
)

// object compiles what is said of objects.
func (c *compiler) object(p place) *object {
	o := &object{
		members: make(map[string]member),
		others:  c.optional(p, "additionalProperties"),
		names:   c.optional(p, "propertyNames"),
		least:   c.count(p, "minProperties", 0),
		most:    c.count(p, "maxProperties", -1),
		left:    c.optional(p, "unevaluatedProperties"),
	}
	o.leastWords = "must have at least " + several(o.least, "member")
	o.mostWords = "must have at most " + several(o.most, "member")
	for _, name := range names(p.member("properties")) {
		o.members[name] = member{schema: c.schema(p.member("properties").member(name)), known: true}
	}
	c.required(o, p)
	for _, name := range names(p.member("patternProperties")) {
		at := p.member("patternProperties").member(name)
		o.patterns = append(o.patterns, pattern{
			name:   c.regexp(place{pointer: at.pointer, value: name}),
			schema: c.schema(at),
		})
	}
	c.depending(o, p)
	if o.saysNothing() {
		return nil
	}
	return o
}

// required compiles which members must be there. What only the service writes is not needed in requests (OpenAPI 3.0.3, Schema
// Object, readOnly).
func (c *compiler) required(o *object, p place) {
	for _, item := range p.member("required").items() {
		name := item.text()
		m := o.members[name]
		if m.required || c.readOnly(p.member("properties").member(name)) {
			continue
		}
		m.required = true
		o.members[name] = m
		o.required = append(o.required, name)
	}
}

func (c *compiler) readOnly(p place) bool {
	if p.member("readOnly").value == true {
		return true
	}
	target, refers, err := c.doc.reference(p)
	return refers && err == nil && target.member("readOnly").value == true
}

// depending compiles what members ask for that are there.
func (c *compiler) depending(o *object, p place) {
	for _, name := range names(p.member("dependentRequired")) {
		if o.with == nil {
			o.with = make(map[string][]string)
		}
		for _, item := range p.member("dependentRequired").member(name).items() {
			o.with[name] = append(o.with[name], item.text())
		}
	}
	for _, name := range names(p.member("dependentSchemas")) {
		if o.where == nil {
			o.where = make(map[string]*schema)
		}
		o.where[name] = c.schema(p.member("dependentSchemas").member(name))
	}
}

func (o *object) saysNothing() bool {
	return len(o.members) == 0 && len(o.patterns) == 0 && o.others == nil && o.names == nil &&
		o.least == 0 && o.most < 0 && o.with == nil && o.where == nil && o.left == nil
}

// names are the names of a map, in order.
func names(p place) []string {
	members, _ := p.value.(map[string]any)
	return slices.Sorted(maps.Keys(members))
}
