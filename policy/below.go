package policy

import "github.com/vektah/gqlparser/v2/ast"

// isEntity reports whether records of a type stand for themselves, and not for a part of another.
func isEntity(object *ast.Definition) bool {
	return object.Kind == ast.Object && object.Fields.ForName("id") != nil
}

// below adds what decides about the records that a field leads to, or about the values of its type.
func (r *reader) below(g *Guard, object *ast.Definition, field *ast.FieldDefinition) {
	of := r.schema.Types[field.Type.Name()]
	switch {
	case of.Kind == ast.Interface || of.Kind == ast.Union:
		r.failf(object.Name+"."+field.Name, "leads to %s, of which it is not known before whose rules hold: name an object", of.Name)
		return
	case of.Kind != ast.Object:
		return
	}
	if node := r.node(of); node != nil {
		g.Rules = append(g.Rules, r.policy.types[of.Name]...)
		of = node
	}
	if isEntity(of) {
		g.Records = r.policy.types[of.Name]
		return
	}
	g.Rules = append(g.Rules, r.policy.types[of.Name]...)
}

// node is the type that a connection leads to, nil where the type is no connection.
func (r *reader) node(of *ast.Definition) *ast.Definition {
	if of.Fields.ForName("pageInfo") == nil {
		return nil
	}
	if nodes := of.Fields.ForName("nodes"); nodes != nil {
		return r.schema.Types[nodes.Type.Name()]
	}
	if edges := of.Fields.ForName("edges"); edges != nil {
		if node := r.schema.Types[edges.Type.Name()].Fields.ForName("node"); node != nil {
			return r.schema.Types[node.Type.Name()]
		}
	}
	return nil
}

// keys adds what decides about the member behind a field that leads to a record.
func (r *reader) keys(g *Guard, object *ast.Definition, definition *ast.FieldDefinition) {
	field, ok := r.fields.Field(object.Name, definition.Name)
	if !ok || len(g.Records) == 0 || len(field.Members) != 1 {
		return
	}
	if _, byID := r.next(field); !byID {
		return
	}
	for _, rule := range g.Records {
		if rule.Owner == nil {
			g.Keys = append(g.Keys, rule)
			continue
		}
		step, err := stepOf(field)
		if err != nil {
			r.failf(object.Name+"."+definition.Name, "%v", err)
			return
		}
		seen := *rule
		seen.Index = len(r.policy.rules)
		seen.Owner = &Owner{Steps: rule.Owner.from(step)}
		r.policy.rules = append(r.policy.rules, &seen)
		g.Keys = append(g.Keys, &seen)
	}
}
