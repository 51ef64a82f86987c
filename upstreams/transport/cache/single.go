package cache

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/records"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/rules"
)

// recordID is the id of the record that the answer equals, if it is said that it equals one.
func (q *question) recordID() (id record.ID, ok bool) {
	if q.single == "" || q.req.URL.RawQuery != "" || q.req.Method != http.MethodGet || !q.keeps {
		return 0, false
	}
	segment, ok := strings.CutPrefix(q.req.URL.Path, q.single)
	if !ok {
		return 0, false
	}
	id, err := record.ParseID(segment)
	return id, err == nil
}

// known looks for the record that the answer equals, which a batch may have brought.
func (q *question) known() *variant {
	id, ok := q.recordID()
	if !ok || q.s.Obey || has(q.req.Header, "Range") || !q.records.Knows(records.ByID) {
		return nil
	}
	one, ok := q.records.One(q.req.Context(), q.Key(q.req, records.ByID), id)
	if !ok || !one.Terms.Fresh.After(time.Now()) || q.whole > 0 && int64(len(one.Raw)) > q.whole {
		return nil
	}
	header := http.Header{"Content-Type": {"application/json"}}
	return &variant{answer: rules.Answer{Status: http.StatusOK, Header: header, Asked: one.Began, Came: one.Began}, body: one.Raw}
}

// learnRecord keeps the record that an answer equals, for batches.
func (q *question) learnRecord(raw *variant, terms rules.Terms) {
	id, ok := q.recordID()
	if !ok || !sameForBatches(raw.answer.Varied) || !records.Usable(terms, raw.answer.Came) {
		return
	}
	groups, ok := q.Groups(raw.answer.Header)
	if !ok {
		return
	}
	one := records.One{
		Began: raw.answer.Asked, Terms: terms, Since: q.since, Tags: append(groups, purge.Path(q.service, q.req.URL.Path)),
		Chosen: slices.ContainsFunc(raw.answer.Varied, func(by rules.Varied) bool { return by.Name != "Accept-Encoding" }),
	}
	switch raw.answer.Status {
	case http.StatusNotFound, http.StatusGone:
	case http.StatusOK:
		if !isJSON(raw.answer.Header) || has(raw.answer.Header, "Content-Encoding") || !isRecord(raw.body, id) {
			return
		}
		one.Raw = raw.body
	default:
		return
	}
	q.records.KeepOne(q.Key(q.req, records.ByID), id, one)
}

// sameForBatches reports whether calls for many are answered as this one was, as far as Vary tells.
func sameForBatches(varied []rules.Varied) bool {
	for _, each := range varied {
		switch each.Name {
		case "Accept-Encoding":
		case "Accept":
			if len(each.Values) != 1 || each.Values[0] != "application/json" {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// isRecord reports whether a body is a JSON object with an id.
func isRecord(body []byte, id record.ID) bool {
	var read struct {
		ID record.ID `json:"id"`
	}
	return json.Unmarshal(body, &read) == nil && read.ID == id
}
