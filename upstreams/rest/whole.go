package rest

import (
	"context"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/concierge-gateway/concierge/upstreams/record"
)

// What is in this file puts off finding out where each record of an answer begins and ends. Who reads all of them finds that out
// by the way, and needs no look at the answer before.

// unsplit is an answer that nobody has taken apart yet.
type unsplit[K comparable] interface {
	text() jsontext.Value
	// apart is what was found, with errors as if the answer had been taken apart when it came.
	apart(ctx context.Context) Found[K]
	// keyedBy is the member of a record that says which key it belongs to, empty where all belong to the only key.
	keyedBy() string
	// isLists reports whether each key has a list, which is empty where it has no records.
	isLists() bool
}

// Whole is the one answer that holds the records of all keys, as long as it was not split. Nobody has looked into it yet.
func (f *Found[K]) Whole() (text jsontext.Value, ok bool) {
	if f.whole == nil {
		return nil, false
	}
	return f.whole.text(), true
}

// KeyedBy is the member by which each record of a whole answer says what key it belongs to. It is empty where all of them belong
// to the only key.
func (f *Found[K]) KeyedBy() string {
	if f.whole == nil {
		return ""
	}
	return f.whole.keyedBy()
}

// Split takes an answer apart that is whole: Records and Failed say nothing before.
func (f *Found[K]) Split(ctx context.Context) {
	if of := f.whole; of != nil {
		f.whole = nil
		f.take(of.apart(ctx))
	}
}

// wholeLookup is an answer to a lookup.
type wholeLookup struct {
	*looking
	answer answer
}

func (w *wholeLookup) text() jsontext.Value { return w.answer.body }

func (w *wholeLookup) keyedBy() string { return w.lookup.Member }

func (*wholeLookup) isLists() bool { return false }

func (w *wholeLookup) apart(ctx context.Context) (found Found[record.ID]) {
	c := w.client
	var err error
	if found.Records, err = group(w.answer.body, w.lookup.Member, w.keys); err != nil {
		err = c.unreadable(ctx, c.callFor(w.lookup, w.keys), err)
		found.Failed = failing(nil, While(w.lookup.Doing, err), w.keys...)
	}
	return found
}

// canWait reports whether an answer for all keys of a lookup need not be taken apart yet: nothing is to be kept of it, nobody
// notes what it has, and nothing could stand in if it cannot be read.
func (l *looking) canWait(k keeping) bool {
	return !k.store && k.trail == nil && l.way.Name == "" && !l.client.single(l.lookup)
}

// wholePart is an answer to the question for a part of a list.
type wholePart struct {
	client *Client
	doing  string
	call   Call
	part   record.Part
	answer answer
}

func (w *wholePart) text() jsontext.Value { return w.answer.body }

func (*wholePart) keyedBy() string { return "" }

func (*wholePart) isLists() bool { return true }

func (w *wholePart) apart(ctx context.Context) (found Found[record.Part]) {
	records, err := w.client.recordsIn(ctx, w.call, w.answer)
	if err != nil {
		found.Failed = map[record.Part]error{w.part: While(w.doing, err)}
		return found
	}
	found.Records = map[record.Part][]jsontext.Value{w.part: records}
	return found
}
