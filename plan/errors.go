package plan

import (
	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// failAt makes an edge null, from one instance, and says why.
func (r *run) failAt(e *edge, from int, err error) {
	if err == nil {
		return
	}
	path := append(r.pathTo(e.parent, from), ast.PathName(e.field.Alias))
	r.fail(path, e.field.Position, e.part, err)
}

// fail adds an error of a field to its part of the answer, as gqlgen would: presented, with the field's path and place.
func (r *run) fail(path ast.Path, at *ast.Position, part int, err error) {
	located := gqlerror.WrapPath(path, err)
	located.Locations = []gqlerror.Location{{Line: at.Line, Column: at.Column}}
	graphql.AddError(r.contextOf(part), located)
}

// pathTo is where an instance stands in the answer.
func (r *run) pathTo(o *object, i int) ast.Path {
	if o.above == nil {
		return nil
	}
	at := r.objects[o.index].all[i]
	path := append(r.pathTo(o.above.parent, at.above), ast.PathName(o.above.field.Alias))
	path = append(path, names(o.lead)...)
	if o.listed {
		path = append(path, ast.PathIndex(at.index))
	}
	return append(path, names(o.trail)...)
}

func names(all []string) []ast.PathElement {
	path := make([]ast.PathElement, len(all))
	for i, name := range all {
		path[i] = ast.PathName(name)
	}
	return path
}
