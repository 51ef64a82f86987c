package shared

import (
	"errors"
	"strconv"
	"time"

	"github.com/concierge-gateway/concierge/ratelimit/charge"
	"github.com/concierge-gateway/concierge/ratelimit/window"
)

// errReply is of an answer that the script cannot have given.
var errReply = errors.New("the script's answer has another length")

// encoder writes what the script for reservations is asked.
type encoder struct {
	prefix     string
	keys, args []string
	byKey      map[string]int // the number of each key, where there are several reservations
}

func encode(n names, now, generation string, all []*question) (keys, args []string) {
	charges := 0
	for _, q := range all {
		charges += len(q.Charges)
	}
	e := encoder{prefix: n.counter, keys: make([]string, 0, charges+1), args: make([]string, 0, 2+4*(len(all)+charges))}
	if len(all) > 1 {
		e.byKey = make(map[string]int, charges)
	}
	e.args = append(e.args, now, generation)
	for _, q := range all {
		e.reservation(&q.Reservation)
	}
	if generation != "" {
		e.keys = append(e.keys, n.generation)
	}
	return e.keys, e.args
}

func (e *encoder) reservation(r *charge.Reservation) {
	force := int64(0)
	if r.Force {
		force = 1
	}
	e.numbers(max(0, r.Want), r.Least, force, int64(len(r.Charges)))
	for i := range r.Charges {
		each := &r.Charges[i]
		e.numbers(int64(e.key(each.Key)), each.Rate.Limit, window.Period(each.Rate), max(1, each.Cost))
	}
}

// key is the number of a key, counted from 1 as Lua does.
func (e *encoder) key(key string) int {
	if n, known := e.byKey[key]; known {
		return n
	}
	e.keys = append(e.keys, e.prefix+key)
	if e.byKey != nil {
		e.byKey[key] = len(e.keys)
	}
	return len(e.keys)
}

func (e *encoder) numbers(all ...int64) {
	for _, n := range all {
		e.args = append(e.args, strconv.FormatInt(n, 10))
	}
}

// decode reads the script's answer into the reservations.
func decode(answer []int64, all []*question) error {
	want := 1
	for _, q := range all {
		want += 1 + 2*len(q.Charges)
	}
	if len(answer) != want {
		return errReply
	}
	now, rest := answer[0], answer[1:]
	for _, q := range all {
		rest = q.decode(now, rest)
	}
	return nil
}

func (q *question) decode(now int64, answer []int64) (rest []int64) {
	q.Granted, q.At, q.By = answer[0], 0, charge.ByStore
	if q.Granted > 0 {
		q.At = now
	}
	answer = answer[1:]
	for i := range q.Charges {
		q.Charges[i].Remaining, q.Charges[i].Wait = answer[0], time.Duration(answer[1])*time.Microsecond
		if answer[1] < 0 {
			q.Charges[i].Wait = charge.Never
		}
		answer = answer[2:]
	}
	return answer
}
