package status

import (
	"github.com/concierge-gateway/concierge/problem"
)

// What is remembered. With the newest, that is some 30 readings: a few hundred numbers each.
const (
	closeBy = int(minute / every)              // readings of the last minute
	farOff  = int(quarter / minute)            // readings of the last quarter, a minute apart
	points  = int(quarter / (perTick * every)) // points of the charts
)

// history is what was read before. Nothing in it grows with time.
type history struct {
	ticks  int
	close  []*reading
	far    []*reading
	points []Point
	faults map[string]bool
}

// newHistory knows the codes for which not the caller is to blame.
func newHistory() history {
	h := history{faults: make(map[string]bool)}
	for _, kind := range problem.Kinds() {
		h.faults[kind.Code()] = kind.Status() >= 500
	}
	return h
}

// view is what there was before a reading.
type view struct {
	now, minute, quarter window
	points               []Point
}

// add remembers a reading.
func (h *history) add(r *reading) {
	if h.ticks%perTick == 0 {
		if from := recent(h.close, perTick); from != nil {
			h.points = keep(h.points, h.point(window{from, r}), points)
		}
	}
	if h.ticks%closeBy == 0 {
		h.far = keep(h.far, r, farOff)
	}
	h.close = keep(h.close, r, closeBy)
	h.ticks++
}

// view is what is known at a reading. What it returns does not change.
func (h *history) view(r *reading) view {
	return view{
		now:     window{recent(h.close, perTick), r},
		minute:  window{oldest(h.close), r},
		quarter: window{oldest(h.far), r},
		points:  append(make([]Point, 0, len(h.points)), h.points...),
	}
}

// keep adds to a list that holds so much at most.
func keep[T any](list []T, one T, most int) []T {
	if len(list) < most {
		return append(list, one)
	}
	copy(list, list[1:])
	list[len(list)-1] = one
	return list
}

// recent is the reading of so many ticks ago, or the oldest there is.
func recent(list []*reading, ago int) *reading {
	if len(list) == 0 {
		return nil
	}
	return list[max(len(list)-ago, 0)]
}

func oldest(list []*reading) *reading { return recent(list, len(list)) }

// point is what the charts show of a window. An error is an answer of 500 or more, or one within an answer.
func (h *history) point(w window) Point {
	all := w.sum(requests, everything)
	wrong := w.sum(requests, func(l labels) bool { return serverFault(l[1]) }) +
		w.sum(graphqlErrors, func(l labels) bool { return h.faults[l[0]] })
	return Point{
		Time:            shown(w.to.at),
		PerSecond:       round(w.rate(all), 3),
		ErrorsPerSecond: round(w.rate(wrong), 3),
		Latency:         w.latency(requestDuration, everything),
	}
}

// everything wants every series.
func everything(labels) bool { return true }
