package events

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// The bounds of what a service says of an event. The text itself is bounded by whoever read it.
const (
	maxID   = 256
	maxType = 100
)

// errForm is of a text that says no event. It quotes nothing of it.
var errForm = errors.New("it must be a JSON object with a type that begins with the kind of records and a dot, an id, and at")

// Decode reads what a service says of an event of its records, as feeds and signed messages have it:
//
//	{"type": "payment.created", "id": 3, "order_id": 7, "at": "2026-01-02T15:04:05Z"}
//
// The first of the kinds is that of the service's records, with which the type begins. The others are those of records that these
// belong to, each named by a member such as order_id. Other members are passed over.
func Decode(service string, kinds []string, id string, text []byte) (Event, error) {
	var said struct {
		Type   string                    `json:"type"`
		ID     int64                     `json:"id"`
		At     time.Time                 `json:"at"`
		Others map[string]jsontext.Value `json:",embed"`
	}
	if err := json.Unmarshal(text, &said); err != nil {
		return Event{}, errForm
	}
	kind := kinds[0]
	switch {
	case id == "" || len(id) > maxID:
		return Event{}, fmt.Errorf("the event must have a name of 1 to %d bytes", maxID)
	case !strings.HasPrefix(said.Type, kind+".") || len(said.Type) > maxType || said.ID < 1 || said.At.IsZero():
		return Event{}, errForm
	}
	e := Event{Service: service, ID: id, Type: said.Type, Topics: []Topic{{Kind: kind, ID: said.ID}}, At: said.At}
	for _, each := range kinds[1:] {
		var id int64
		if json.Unmarshal(said.Others[each+"_id"], &id) == nil && id > 0 {
			e.Topics = append(e.Topics, Topic{Kind: each, ID: id})
		}
	}
	return e, nil
}
