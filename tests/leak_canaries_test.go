package tests

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"

	"github.com/concierge-gateway/concierge/demo"
)

// fact is what a value tells: a member of a record. Members within others are written address/street, and the end of a card's
// number, which some see, is apart from the number, which nobody sees.
type fact struct {
	Service, Member string
	ID              int64
}

// What stands for no member of a record.
const (
	cardEnd   = "card_number(end)"
	itsWords  = "words"
	nobodys   = "nobody" // the service of a value that belongs to no record that there is
	ofClients = "client" // the service of what clients send
)

// mint puts a value that occurs nowhere else in the place of each member of the sample services' records, and knows again what each
// stands for. Ids must lead where they lead, and enumerations and currencies have values that are known: they stay as they are.
type mint struct {
	mu      sync.Mutex
	members []string         // service and member, by the number that their values hold
	made    map[string]bool  // the members that have values of their own
	owners  map[string]int64 // whose a record is, by service and id
	orders  map[int64]int64  // by payment
	astray  http.HandlerFunc // answers in the services' place, where it is given
	lasting bool             // whether all answers to reads may be kept, for everybody
}

func newMint() *mint {
	return &mint{made: make(map[string]bool), owners: make(map[string]int64), orders: make(map[int64]int64)}
}

// wrap is for demo.Options. A path that begins with /around answers with the records at places of a larger whole.
func (m *mint) wrap(service string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if by := m.misbehaving(); by != nil {
			by(w, r)
			return
		}
		path, around := strings.CutPrefix(r.URL.Path, "/around")
		r.URL.Path = path
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r)
		body := answer.Body.Bytes()
		if answer.Code < http.StatusMultipleChoices && len(body) > 0 {
			body = m.rewritten(service, body, around)
		}
		header := w.Header()
		maps.Copy(header, answer.Header())
		header.Set("Content-Length", strconv.Itoa(len(body)))
		if m.lasting && answer.Code == http.StatusOK && r.Method == http.MethodGet {
			header.Set("Cache-Control", "public, "+forMinutes)
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write(body)
	})
}

func (m *mint) misbehaving() http.HandlerFunc {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.astray
}

// misbehave has the services answer in another way from now on, or, without one, as they do usually.
func (m *mint) misbehave(by http.HandlerFunc) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.astray = by
}

// rewritten is a service's answer with other values. Members stand in the order of their names, so that some come before what says
// whose the record is.
func (m *mint) rewritten(service string, body []byte, around bool) []byte {
	in := json.NewDecoder(bytes.NewReader(body))
	in.UseNumber()
	var value any
	if err := in.Decode(&value); err != nil {
		return body
	}
	if list, ok := value.([]any); ok {
		for _, each := range list {
			m.record(service, each)
		}
	} else {
		m.record(service, value)
	}
	if list, ok := value.([]any); ok && around {
		value = map[string]any{"page": map[string]any{"items": list, "note": m.text(nobodys, itsWords, 0)}, "one": append(list, nil)[0]}
	}
	return []byte(inJSON(value))
}

// inJSON is a value that can be written.
func inJSON(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func (m *mint) record(service string, value any) {
	record, ok := value.(map[string]any)
	id := idIn(record, "id")
	if !ok || id == 0 {
		return
	}
	m.own(service, id, record)
	if service == demo.Payment { // whatever it was paid by
		record["card_number"], record["card_cvv"] = card(id), ""
		m.note(service, cardEnd)
	}
	m.values(service, "", id, record)
}

func idIn(record map[string]any, member string) int64 {
	number, _ := record[member].(json.Number)
	id, _ := number.Int64()
	return id
}

// own notes whose a record is.
func (m *mint) own(service string, id int64, record map[string]any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch service {
	case demo.User:
		m.owners[fmt.Sprint(service, id)] = id
	case demo.Order:
		m.owners[fmt.Sprint(service, id)] = idIn(record, "user_id")
	case demo.Payment:
		m.orders[id] = idIn(record, "order_id")
	}
}

// owner is whose a record is, 0 where nobody can say.
func (m *mint) owner(of fact) int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	if of.Service != demo.Payment {
		return m.owners[fmt.Sprint(of.Service, of.ID)]
	}
	paid := m.orders[of.ID]
	if owner := m.owners[fmt.Sprint(demo.Order, paid)]; owner != 0 || paid == 0 {
		return owner
	}
	return (paid-1)%1000 + 1 // an order of the start that no service has been asked for
}
