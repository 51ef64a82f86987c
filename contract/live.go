package contract

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/contract/openapi"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/upstreams"
	"github.com/concierge-gateway/concierge/upstreams/order"
	"github.com/concierge-gateway/concierge/upstreams/payment"
	"github.com/concierge-gateway/concierge/upstreams/product"
	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/upstreams/rest"
	"github.com/concierge-gateway/concierge/upstreams/transport"
	"github.com/concierge-gateway/concierge/upstreams/transport/fallback"
	"github.com/concierge-gateway/concierge/upstreams/user"
	"github.com/concierge-gateway/concierge/wire"
)

// Live asks the configured services for one record of each kind and compares it with their contracts and with the Go types. What
// it says never repeats a value. seen says, a line for each service, what there was to compare. The error is Findings.
func Live(ctx context.Context, config upstreams.Config) (seen []string, err error) {
	documents, err := load(ctx, config)
	if err != nil {
		return nil, err
	}
	l := &live{documents: documents}
	defer l.close()
	if err := l.open(config); err != nil {
		return nil, err
	}
	l.all(ctx)
	return l.seen, l.err()
}

// live reads records through the clients and compares the answers as they came.
type live struct {
	notebook

	documents   map[string]*openapi.Document
	connections map[string]*transport.Transport
	services    *upstreams.Services
	answers     answers
	seen        []string
}

func (l *live) open(config upstreams.Config) error {
	registry, log := prometheus.NewRegistry(), slog.New(slog.DiscardHandler)
	var err error
	if l.connections, err = upstreams.Transports(config, nil, registry, log); err != nil {
		return err
	}
	l.services = upstreams.Over(config, func(service string) http.RoundTripper {
		return &listener{answers: &l.answers, next: l.connections[service]}
	}, registry, log)
	return nil
}

func (l *live) close() {
	for _, way := range l.connections {
		way.Close()
	}
}

// someOrders is how many orders are asked for, so that one of them was most likely paid.
const someOrders = 20

// all asks for one record of each kind. Payments are found by their orders: the service lists no others.
func (l *live) all(ctx context.Context) {
	l.compare("user", reflect.TypeFor[user.User](), func() error {
		_, err := l.services.User.List(ctx, record.Part{Limit: 1})
		return err
	})
	orders := l.compare("order", reflect.TypeFor[order.Order](), func() error {
		_, err := l.services.Order.List(ctx, record.Part{Limit: someOrders})
		return err
	})
	l.compare("product", reflect.TypeFor[product.Product](), func() error {
		_, err := l.services.Product.List(ctx, record.Part{Limit: 1})
		return err
	})
	ids := idsOf(orders)
	if len(ids) == 0 {
		l.seen = append(l.seen, "payment: not asked, for want of an order")
		return
	}
	l.compare("payment", reflect.TypeFor[payment.Payment](), func() error {
		_, err := l.services.Payment.ByOrderIDs(ctx, ids)
		return err
	})
}

// compare makes a call, looks at the first record of each answer, and returns all records. A call that fails because of a record
// is no matter: what came is looked at.
func (l *live) compare(service string, as reflect.Type, call func() error) []jsontext.Value {
	err := call()
	var all []jsontext.Value
	for _, answer := range l.answers.taken() {
		err = nil // what came says more
		ours := fmt.Sprintf("the %s service's GET %s", service, answer.path)
		if answer.status != http.StatusOK {
			l.addf(ours, "", "the answer has the status %d", answer.status)
			continue
		}
		records, readErr := recordsOf(answer.body)
		if readErr != nil {
			l.addf(ours, "", "the answer is %s", rest.Describe(readErr))
			continue
		}
		all = append(all, records...)
		if len(records) > 0 {
			l.record(ours, service, answer.path, as, records[0])
		}
	}
	switch {
	case err != nil:
		l.addf("the "+service+" service", "", "there is no answer: %s", problem.KindOf(err).Code())
	case len(all) == 0:
		l.seen = append(l.seen, service+": there is no record")
	default:
		l.seen = append(l.seen, service+": one record")
	}
	return all
}

// record compares one record.
func (l *live) record(ours, service, path string, as reflect.Type, text jsontext.Value) {
	if place, ok := l.described(service, path); !ok {
		l.addf(ours, place.String(), "there is no such list in the contract")
	} else {
		for _, each := range (validator{}).json(place, text) {
			l.addf(strings.TrimSpace(ours+" "+each.pointer), each.place.String(), "%s", each.message)
		}
	}
	read := reflect.New(as)
	if err := record.DecodeInto(text, read.Interface()); err != nil {
		l.addf(ours, wire.GoName(as), "the record cannot be read: %s", rest.Describe(err))
		return
	}
	for _, pointer := range unknowns(read.Elem(), "") {
		l.addf(ours+" "+pointer, wire.GoName(as), "the value is not known: it shows %s", record.Unknown)
	}
}

// described is the schema of the records that a list holds.
func (l *live) described(service, path string) (openapi.Node, bool) {
	found, ok := l.documents[service].Path(path)
	if !ok {
		return found.Node, false
	}
	operation, ok := found.Operation(http.MethodGet)
	if !ok {
		return found.Node, false
	}
	for _, answer := range operation.Answers() {
		for _, shape := range answer.Schema().Shapes {
			if shape.Type == "array" {
				return shape.Item(), true
			}
			if shape.Type == "object" {
				return answer, true
			}
		}
	}
	return operation.Get("responses"), false
}

// unknowns are the members whose value a Go type knows only as unknown.
func unknowns(v reflect.Value, pointer string) []string {
	switch {
	case isUnknown(v):
		return []string{pointer}
	case v.Kind() == reflect.Pointer && !v.IsNil():
		return unknowns(v.Elem(), pointer)
	case v.Kind() == reflect.Slice:
		var all []string
		for i := range v.Len() {
			all = append(all, unknowns(v.Index(i), fmt.Sprintf("%s/%d", pointer, i))...)
		}
		return all
	}
	var all []string
	for _, field := range tagged(v.Type()) {
		all = append(all, unknowns(v.FieldByIndex(field.Index), pointer+"/"+nameOf(field))...)
	}
	return all
}

// recordsOf cuts an answer into its records: the elements of a list, or the one that it is.
func recordsOf(body []byte) ([]jsontext.Value, error) {
	if bytes.HasPrefix(bytes.TrimSpace(body), []byte("[")) {
		var records []jsontext.Value
		err := json.Unmarshal(body, &records)
		return records, err
	}
	var one jsontext.Value
	if err := json.Unmarshal(body, &one); err != nil {
		return nil, err
	}
	return []jsontext.Value{one}, nil
}

// idsOf are the ids of those records that have one.
func idsOf(records []jsontext.Value) []record.ID {
	var ids []record.ID
	for _, each := range records {
		var keyed struct {
			ID record.ID `json:"id"`
		}
		if err := json.Unmarshal(each, &keyed); err == nil && keyed.ID > 0 && !slices.Contains(ids, keyed.ID) {
			ids = append(ids, keyed.ID)
		}
	}
	return ids
}

// answer is what a service answered.
type answer struct {
	path   string
	status int
	body   []byte
}

// answers are what came since the last time.
type answers struct {
	mu   sync.Mutex
	came []answer
}

func (a *answers) add(came answer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.came = append(a.came, came)
}

func (a *answers) taken() []answer {
	a.mu.Lock()
	defer a.mu.Unlock()
	came := a.came
	a.came = nil
	return came
}

// maxAnswer bounds what is read of one answer.
const maxAnswer = 8 << 20

// listener keeps a copy of what passes.
type listener struct {
	answers *answers
	next    http.RoundTripper
}

// RoundTrip passes a call on.
func (l *listener) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := l.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return nil, err
	}
	if res.Header.Get(fallback.Header) != "" {
		return nil, errors.New("something else answered in the place of the service")
	}
	l.answers.add(answer{path: req.URL.Path, status: res.StatusCode, body: body})
	res.Body = io.NopCloser(bytes.NewReader(body))
	return res, nil
}
