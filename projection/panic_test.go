package projection

import (
	"bytes"
	"context"
	"errors"
	"io"
	"reflect"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// broken is a projection whose second field panics.
func broken(t *testing.T, nullable bool) *projected {
	t.Helper()
	present := func(_ context.Context, err error) *gqlerror.Error { return gqlerror.Wrap(err) }
	ctx := graphql.WithResponseContext(t.Context(), present, func(context.Context, any) error { return errors.New("recovered") })
	fine := func(out *bytes.Buffer, _ reflect.Value) { out.WriteString("1") }
	return &projected{
		ctx:      ctx,
		nullable: nullable,
		value:    reflect.ValueOf(&struct{}{}),
		object: &object{fields: []member{
			{key: []byte(`"a":`), write: fine},
			{key: []byte(`"b":`), write: func(*bytes.Buffer, reflect.Value) { panic("of all things") }},
		}},
	}
}

func TestAPanicWhileWritingIsTheFieldsOwn(t *testing.T) {
	p := broken(t, true)
	var buf, other bytes.Buffer
	buf.WriteString("before ")
	p.MarshalGQL(&buf)
	p.MarshalGQL(struct{ io.Writer }{&other})
	if buf.String() != "before null" || other.String() != "null" {
		t.Errorf("the answer is %q and %q, want null and no half of an object", &buf, &other)
	}
	if errs := graphql.GetErrors(p.ctx); len(errs) != 2 {
		t.Errorf("the errors are %v, want one for each time", errs)
	}
}

func TestAPanicWhereNoNullIsAllowedIsNotHidden(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("the panic is gone, and a null stands where none is allowed")
		}
	}()
	broken(t, false).MarshalGQL(new(bytes.Buffer))
}
