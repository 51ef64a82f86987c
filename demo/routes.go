package demo

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// operation is one thing that a service does. What it returns is written for it.
type operation func(*http.Request) (answer, error)

// resource is the operations of one path, by method. GET also serves HEAD.
type resource map[string]operation

// routes are a service's resources, by path, beside /healthz. Their writes can be repeated safely.
func routes(resources map[string]resource) http.Handler {
	mux := http.NewServeMux()
	known := new(writes)
	for path, resource := range resources {
		mux.Handle(path, known.once(resource))
	}
	mux.Handle("/healthz", resource{http.MethodGet: healthy})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { writeFailure(w, notFound("path", r.URL.Path)) })
	return mux
}

func healthy(*http.Request) (answer, error) {
	return answer{status: http.StatusOK, body: []byte(`{"status":"ok"}`), cache: cacheNever}, nil
}

// ServeHTTP runs the method's operation.
func (res resource) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	operate, ok := res[method]
	if !ok {
		w.Header().Set("Allow", res.allowed())
		writeFailure(w, &failure{Status: http.StatusMethodNotAllowed, Detail: r.Method + " is not served here"})
		return
	}
	answer, err := operate(r)
	if err != nil {
		writeFailure(w, err)
		return
	}
	answer.write(w, r)
}

func (res resource) allowed() string {
	methods := slices.Collect(maps.Keys(res))
	if _, ok := res[http.MethodGet]; ok {
		methods = append(methods, http.MethodHead)
	}
	slices.Sort(methods)
	return strings.Join(methods, ", ")
}
