package contract

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/contract/openapi"
	"github.com/concierge-gateway/concierge/upstreams"
	"github.com/concierge-gateway/concierge/wire"
)

// request is a call as a client would make it.
type request struct {
	service, method, path string
	query                 url.Values
	body                  []byte
}

// recorder is a transport that writes down what it should have sent.
type recorder struct {
	mu       sync.Mutex
	requests []request
}

var errNotSent = errors.New("the call was only written down")

// RoundTrip fails every call.
func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	written := request{service: req.URL.Host, method: req.Method, path: req.URL.Path, query: req.URL.Query()}
	if req.Body != nil {
		var err error
		if written.body, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests = append(r.requests, written)
	return nil, errNotSent
}

// taken are the calls since the last time.
func (r *recorder) taken() []request {
	r.mu.Lock()
	defer r.mu.Unlock()
	requests := r.requests
	r.requests = nil
	return requests
}

// calls compares what the clients ask for with what the contracts offer.
type calls struct {
	*notebook

	config    upstreams.Config
	page      int // the size of the largest page
	documents map[string]*openapi.Document
	records   *records
}

// all calls every method of every client. One record more than a page is asked for where somebody wants to know whether there is
// a next one.
func (c *calls) all() {
	recorder := new(recorder)
	services := upstreams.Over(c.config, func(string) http.RoundTripper { return recorder }, prometheus.NewRegistry(),
		slog.New(slog.DiscardHandler))
	for _, client := range exported(services) {
		for method, call := range client.Methods() {
			if !isCall(call.Type()) {
				continue
			}
			name := wire.GoName(client.Type().Elem()) + "." + method.Name
			for _, everything := range []bool{true, false} {
				given := arguments{ctx: context.Background(), all: everything, keys: c.keys(), page: c.page + 1}
				call.Call(given.of(call.Type()))
				for _, request := range recorder.taken() {
					c.call(name, call.Type().Out(0), request)
				}
			}
		}
	}
}

// keys is how many keys the service takes at once that takes the most.
func (c *calls) keys() int {
	most := 1
	for _, settings := range c.config.All() {
		most = max(most, settings.REST.Batch.Max)
	}
	return most
}

// exported are the values of a struct's exported fields.
func exported(of any) []reflect.Value {
	var values []reflect.Value
	for field, value := range reflect.ValueOf(of).Elem().Fields() {
		if field.IsExported() {
			values = append(values, value)
		}
	}
	return values
}

// isCall reports whether a method asks a service for something.
func isCall(method reflect.Type) bool {
	return method.NumIn() > 0 && method.In(0) == reflect.TypeFor[context.Context]() && method.NumOut() == 2
}

// call compares one call, and the record that the client reads from its answer.
func (c *calls) call(name string, result reflect.Type, sent request) {
	operation, ok := c.operation(name, sent)
	if !ok {
		return
	}
	c.parameters(name, sent, operation)
	c.body(name, sent, operation)
	answers := operation.Answers()
	if len(answers) == 0 {
		c.addf(name, operation.Get("responses").String(), "there is no JSON answer to read a record from")
	}
	for _, answer := range answers {
		c.answer(name, result, answer, operation.OfOne())
	}
}

func (c *calls) operation(name string, sent request) (openapi.Operation, bool) {
	path, ok := c.documents[sent.service].Path(sent.path)
	if !ok {
		template := regexp.MustCompile(`\d+`).ReplaceAllString(sent.path, "{id}")
		c.addf(name, path.String(), "there is no path for %s %s", sent.method, template)
		return openapi.Operation{}, false
	}
	operation, ok := path.Operation(sent.method)
	if !ok {
		c.addf(name, path.String(), "there is no %s", sent.method)
	}
	return operation, ok
}

// body compares what is sent with a call.
func (c *calls) body(name string, sent request, operation openapi.Operation) {
	schema, takes := operation.Body()
	switch {
	case sent.body == nil && operation.Get("requestBody", "required").True():
		c.addf(name, operation.Get("requestBody").String(), "a body is needed, and none is sent")
	case sent.body != nil && !takes:
		c.addf(name, operation.Get("requestBody").String(), "a JSON body is sent, and none is taken")
	case sent.body != nil:
		v := validator{accept: func(text any) bool { return text == madeUp || text == "" }}
		for _, each := range v.json(schema, sent.body) {
			c.addf(name+" sends "+each.pointer, each.place.String(), "%s", each.message)
		}
	}
}

// answer finds the record in an answer: the answer itself, or each element of it. A client that sorts records by key takes a
// single one as well, where it asks for one.
func (c *calls) answer(name string, result reflect.Type, answer openapi.Node, ofOne bool) {
	takesList := result.Kind() != reflect.Pointer
	takesOne := result.Kind() == reflect.Pointer || result.Kind() == reflect.Map && ofOne
	record := recordIn(result)
	for _, shape := range answer.Schema().Shapes {
		switch {
		case shape.Type == "array" && takesList:
			c.records.compare(record, shape.Item())
		case shape.Type == "object" && takesOne:
			c.records.compare(record, answer)
		default:
			c.addf(name, answer.String(), "the answer is %s, which is not what is read", article(shape.Type))
		}
	}
}

// recordIn is the type of the records that a method returns, by key or in a list.
func recordIn(result reflect.Type) reflect.Type {
	for result.Kind() == reflect.Map || result.Kind() == reflect.Slice || result.Kind() == reflect.Pointer {
		result = result.Elem()
	}
	return result
}
