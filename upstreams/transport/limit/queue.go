package limit

import "github.com/concierge-gateway/concierge/priority"

// waiter is a call that waits for room. Everything but done is its queue's.
type waiter struct {
	class    priority.Class
	rank     int
	previous *waiter
	next     *waiter
	// done is closed when the wait is over. Then err says why there was no room, if there was none.
	done chan struct{}
	err  error
}

// end tells the waiter how its wait ended.
func (w *waiter) end(err error) {
	w.err = err
	close(w.done)
}

// queue holds the waiters in the order in which they go: the more important first, then who came first.
type queue struct {
	ranks  [ranks]line
	length int
}

// ranks is how many classes there are.
const ranks = int(priority.Critical-priority.Batch) + 1

// line is the waiters of one class.
type line struct{ first, last *waiter }

// rankOf is a class's place among the lines. A class that is unknown is what somebody waits for.
func rankOf(class priority.Class) int {
	if class < priority.Batch || class > priority.Critical {
		class = priority.Interactive
	}
	return int(class - priority.Batch)
}

// push puts a new waiter at the end of its class.
func (q *queue) push(class priority.Class) *waiter {
	w := &waiter{class: class, rank: rankOf(class), done: make(chan struct{})}
	l := &q.ranks[w.rank]
	w.previous = l.last
	if l.last == nil {
		l.first = w
	} else {
		l.last.next = w
	}
	l.last = w
	q.length++
	return w
}

// remove takes a waiter out.
func (q *queue) remove(w *waiter) {
	l := &q.ranks[w.rank]
	if w.previous == nil {
		l.first = w.next
	} else {
		w.previous.next = w.next
	}
	if w.next == nil {
		l.last = w.previous
	} else {
		w.next.previous = w.previous
	}
	w.previous, w.next = nil, nil
	q.length--
}

// pop takes out who goes next. It is nil if nobody waits.
func (q *queue) pop() *waiter {
	for rank := ranks - 1; rank >= 0; rank-- {
		if w := q.ranks[rank].first; w != nil {
			q.remove(w)
			return w
		}
	}
	return nil
}

// yield takes out who makes room for a newcomer: the last of the lowest class, if that is below the newcomer's. Otherwise it is
// nil.
func (q *queue) yield(class priority.Class) *waiter {
	for rank := range rankOf(class) {
		if w := q.ranks[rank].last; w != nil {
			q.remove(w)
			return w
		}
	}
	return nil
}
