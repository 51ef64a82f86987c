package passthrough

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/concierge-gateway/concierge/passthrough/proxy"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/ratelimit"
)

// tally is what one answer shows of fields that are read only so often. Nil counts nothing, and shows all.
type tally struct {
	account *ratelimit.Account
	fields  []*ratelimit.Field // by number, as shapes have it
	meters  []*ratelimit.Meter // the same; nil for those that nobody has asked yet
	ahead   int64              // how many records there may be
	lacks   int                // how often a record was shown without a field
}

// count begins to count what an answer shows.
func (h *handler) count(r *http.Request) *tally {
	if len(h.limited) == 0 {
		return nil
	}
	account := ratelimit.From(r.Context())
	if account == nil {
		return nil
	}
	return &tally{account: account, fields: h.fields, meters: make([]*ratelimit.Meter, len(h.fields)), ahead: 1}
}

// more tells that the answer may hold several records.
func (t *tally) more(query string) {
	if t != nil {
		t.ahead = pageSize(query)
	}
}

// The size of a list where a request to a service says none, and the longest that is believed.
const (
	usualPage   = 20
	longestPage = 1000
)

// pageSize is how many records a request to a service asks for: by its parameter limit, as the services' contracts call it.
// Another number costs no more than further questions to the counters.
func pageSize(query string) int64 {
	values, _ := url.ParseQuery(query) // what cannot be read is no number
	size, err := strconv.ParseInt(values.Get("limit"), 10, 64)
	if err != nil || size < 1 {
		return usualPage
	}
	return min(size, longestPage)
}

// meter asks whether a field may be shown of one more record.
func (t *tally) meter(ctx context.Context) func(number int) bool {
	if t == nil {
		return func(int) bool { return true }
	}
	return func(number int) bool {
		if t.meters[number] == nil {
			t.meters[number] = t.account.Meter(t.fields[number], t.ahead)
		}
		granted := t.meters[number].Next(ctx)
		if !granted {
			t.lacks++
		}
		return granted
	}
}

// close gives back what was taken for records that did not come.
func (t *tally) close(ctx context.Context) {
	if t == nil {
		return
	}
	for _, meter := range t.meters {
		if meter != nil {
			meter.Close(context.WithoutCancel(ctx))
		}
	}
}

// missing reports whether the answer lacks something.
func (t *tally) missing() bool { return t != nil && t.lacks > 0 }

// announce tells which fields the answer lacks, and after how many seconds there is more of each, where there ever is. It is a
// list of structured fields (RFC 9651): "User.email";t=12.
func (t *tally) announce(header http.Header) {
	var list []byte
	for number, meter := range t.meters {
		if meter == nil || !meter.Over() {
			continue
		}
		if len(list) > 0 {
			list = append(list, ", "...)
		}
		list = append(append(append(list, '"'), t.fields[number].Name...), '"')
		if wait := problem.From(meter.Err()).RetrySeconds(); wait > 0 {
			list = strconv.AppendInt(append(list, ";t="...), wait, 10)
		}
	}
	header[proxy.LimitedHeader] = []string{string(list)}
}

// mayRepeat takes what a write costs whose mutation can be done only so often. Where it is too often, nothing is sent.
func (h *handler) mayRepeat(r *http.Request) error {
	if h.writeLimit == nil || reads(r.Method) {
		return nil
	}
	wants := []ratelimit.Want{{Field: h.writeLimit, Units: 1}}
	ratelimit.From(r.Context()).Take(r.Context(), wants)
	if wants[0].Granted == 0 {
		return wants[0].Err()
	}
	return nil
}
