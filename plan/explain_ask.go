package plan

import "github.com/concierge-gateway/concierge/plan/raw"

// stock is the records that answer one question, or their parts.
type stock struct {
	question question
	level    int        // that they come with; a part of them may come earlier (explain_early.go)
	most     figure     // how many there are
	carried  raw.IDSlot // where each has the key that it was asked for by; 0 where that is not known
	fetch    *fetch     // that brings them; nil for the root
	asked    portion    // what the question added to it
}

// question is what is asked for. The same question is asked once.
type question struct {
	source *source      // nil for parts at hand
	of     *stock       // whose records have the keys; nil where they come from elsewhere
	key    raw.IDSlot   // where they have them
	list   raw.ListSlot // of parts at hand
	said   string       // the arguments
}

// portion is how much a question adds to its fetch.
type portion struct {
	first   figure // keys
	further figure // the same, of parts of lists that are no first ones that belong to records
	records figure
	shown   figure // records that the answer goes on from
	known   bool   // whether each record has the key that it is asked for by
}

// ask comes by what answers a question: it is known, or comes with the next level. Those who ask have come themselves at a time.
func (w *walk) ask(q question, most portion, from *arrival) (*stock, *arrival) {
	q = w.plainest(q)
	s := w.answered(q)
	if s == nil {
		s = &stock{question: q, level: w.level + 1, most: most.shown, asked: most, fetch: w.fetch(q.source, w.level+1)}
		if most.known {
			s.carried = w.carried(q.source)
		}
		w.add(s.fetch, most)
		w.known[q] = s
	}
	to := &arrival{max(w.level, s.level)}
	w.asks = append(w.asks, ask{q.source, s, from, to})
	return s, to
}

// plainest asks a question by earlier keys where its own are equal to them: of payments that were read by orders' ids, the
// order_id is one of these.
func (w *walk) plainest(q question) question {
	for q.of != nil && q.key == q.of.carried && q.of.question.of != nil {
		if w.answered(q) != nil {
			return q
		}
		q.of, q.key = q.of.question.of, q.of.question.key
	}
	return q
}

// answered is what has answered a question already: the same question, or what brought the records themselves.
func (w *walk) answered(q question) *stock {
	if q.of != nil && q.of.question.source != nil && q.source.ids != nil {
		by := q.of.question.source
		if by == q.source && q.key == q.of.carried || by.primes == q.source && q.key == by.id {
			return q.of
		}
	}
	return w.known[q]
}
