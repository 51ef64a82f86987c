package composed

import (
	"net/http"

	"github.com/99designs/gqlgen/graphql"

	"github.com/concierge-gateway/concierge/answers/keeping"
	"github.com/concierge-gateway/concierge/auth"
)

// Executor runs an operation for a request, as those run that come by GraphQL: with its time, its idempotency key and its
// priority. The terms say how long its data may be kept. ok is false where it answered the request itself, such as one for which
// there is no room.
type Executor interface {
	Execute(w http.ResponseWriter, r *http.Request, params *graphql.RawParams) (
		response *graphql.Response, terms keeping.Terms, ok bool,
	)
}

// Param tells the parameter of a request's path that has a name, with its escapes undone.
type Param func(r *http.Request, name string) (value string, ok bool)

// Handler answers the requests that lead to the operation. That they came by its method and its path, the caller has seen to.
func (o *Operation) Handler(exec Executor, param Param) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := o.permit(w, r); err != nil { // before anything of the request is read
			refuse(w, r, err)
			return
		}
		variables, err := o.Variables(r, func(name string) (string, bool) { return param(r, name) })
		if err != nil {
			refuse(w, r, err)
			return
		}
		response, terms, ok := exec.Execute(w, r, &graphql.RawParams{
			Query: o.Text, OperationName: o.Name, Variables: variables, Headers: r.Header,
		})
		if ok {
			o.Answer(w, r, response, terms)
		}
	})
}

func (o *Operation) permit(w http.ResponseWriter, r *http.Request) error {
	if len(o.Scopes) == 0 {
		return nil
	}
	return auth.Require(w, r, o.Scopes...)
}
