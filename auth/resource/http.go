package resource

import (
	"net/http"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/problem"
)

// metadata are the members of RFC 9728, section 2.
type metadata struct {
	Resource string   `json:"resource"`
	Name     string   `json:"resource_name,omitempty"`
	Servers  []string `json:"authorization_servers"`
	Scopes   []string `json:"scopes_supported,omitempty"`
	Methods  []string `json:"bearer_methods_supported"`
}

// Handler tells of the resource by GET and HEAD. At WellKnown itself, where clients look last, it tells of the host as a whole,
// which is another resource: metadata must name what they were asked for by (section 3.3). It is nil where there are none.
func (r *Resource) Handler() http.Handler {
	if r == nil {
		return nil
	}
	return http.HandlerFunc(r.serve)
}

func (r *Resource) serve(w http.ResponseWriter, req *http.Request) {
	if req.Method != http.MethodGet && req.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		refuse(w, req, problem.New(problem.MethodNotAllowed, ""))
		return
	}
	at, ok := r.place(req.Context())
	if !ok {
		refuse(w, req, problem.New(problem.BadInput, "the host that was asked for is none"))
		return
	}
	if req.URL.Path == WellKnown {
		at.path = ""
	}
	body, err := json.Marshal(r.told(at))
	if err != nil {
		refuse(w, req, problem.Wrap(problem.Internal, err, ""))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", r.caching())
	_, _ = w.Write(body) // a client that has gone cannot be told so
}

// told are the metadata of what is at a place.
func (r *Resource) told(at place) metadata {
	m := metadata{Resource: at.identifier(), Name: r.config.Name, Servers: r.servers, Methods: []string{"header"}}
	if r.config.Scopes != nil {
		m.Scopes = slices.Compact(slices.Sorted(slices.Values(r.config.Scopes())))
	}
	return m
}

// caching keeps what depends on what a client says of the host out of caches, where others would find it.
func (r *Resource) caching() string {
	if r.fixed == (place{}) {
		return "no-store"
	}
	return "public, max-age=3600"
}

func refuse(w http.ResponseWriter, r *http.Request, err *problem.Error) {
	middleware.RecordFrom(r.Context()).Fail(err.Kind)
	problem.Write(w, err)
}
