package waterfall

import (
	"cmp"
	"slices"
	"time"
)

// Origin is where an answer is from.
type Origin string

// Where it can be from.
const (
	// Executed is an answer that was found out for the request.
	Executed Origin = "executed"
	// Known is one that was kept whole, so that no calls were made.
	Known Origin = "kept"
	// Awaited is that of an equal request that was under way, which knows of its calls.
	Awaited Origin = "shared"
	// Refused is none: the operation did not run.
	Refused Origin = "refused"
)

// Report is what a request did, in microseconds from its beginning.
type Report struct {
	// Answer says where the answer is from. Whoever takes the report sets it, and the three that follow.
	Answer Origin `json:"answer"`
	// AgeSeconds is how old an answer is that was kept.
	AgeSeconds int64 `json:"age_seconds,omitzero"`
	// ParsingUS and ValidationUS are parts of the time in the gateway, 0 where the document was remembered.
	ParsingUS    int64 `json:"parsing_us"`
	ValidationUS int64 `json:"validation_us"`
	// TookUS is how long it took until the report, and GatewayUS how much of that no service was being waited for.
	TookUS    int64 `json:"took_us"`
	GatewayUS int64 `json:"gateway_us"`
	// Calls are in the order in which they began.
	Calls []Told `json:"calls"`
	// LeftOut is how many further calls there were than are told of.
	LeftOut int `json:"left_out,omitzero"`
}

// Told is a call as it is told of.
type Told struct {
	End

	// Service is the service's name in the configuration.
	Service string `json:"service"`
	// Method and Path are the call's, with {id} in the place of what has a digit.
	Method string `json:"method"`
	Path   string `json:"path"`
	// Read is the way to read that the call is a part of, such as PaymentOfOrder. It is empty for a write.
	Read string `json:"read,omitzero"`
	// Fields are those of the answer that show what is read, as far as that is known.
	Fields []string `json:"fields,omitempty"`
	// Level is the step of the operation that the call was made in, from 1. Steps follow each other. A write has 0.
	Level int `json:"level"`
	// Batch is the same for the calls that one read makes for the keys of one level: chunks, or parts of lists.
	Batch int `json:"batch,omitzero"`
	// Keys are how many ids or parts of lists the call is for.
	Keys int `json:"keys"`
	// Cache is what a cache did, empty where there is none.
	Cache Cache `json:"cache,omitzero"`
	// Records says that this is no call: the records of these keys are known one by one, and only others are asked for.
	Records bool `json:"records,omitzero"`
	// StartUS is when it began.
	StartUS int64 `json:"start_us"`
	TookUS  int64 `json:"took_us"`
	// Withheld says why the call was not made, or not made again.
	Withheld string `json:"withheld,omitzero"`
	// Retries and Hedges are how many of the attempts followed one that had failed, and one that was slow.
	Retries  int           `json:"retries,omitzero"`
	Hedges   int           `json:"hedges,omitzero"`
	Attempts []ToldAttempt `json:"attempts,omitempty"`
}

// End is how a call ended.
type End struct {
	// Status is that of the answer, 0 where there is none.
	Status int `json:"status,omitzero"`
	// Bytes is how long its body is.
	Bytes int `json:"bytes,omitzero"`
	// Error is the code of why there is no answer, or none that can be read.
	Error string `json:"error,omitzero"`
	// Fallback is what answered in the service's place: static or upstream.
	Fallback string `json:"fallback,omitzero"`
}

// ToldAttempt is an attempt as it is told of.
type ToldAttempt struct {
	// Endpoint is a number among those of the service that the request has met.
	Endpoint int   `json:"endpoint"`
	StartUS  int64 `json:"start_us"`
	TookUS   int64 `json:"took_us"`
	// Code is the status of the answer, or a word for why there is none. It is empty for one that was still under way.
	Code  string `json:"code,omitzero"`
	Hedge bool   `json:"hedge,omitzero"`
}

// Report ends the noting, and tells what was noted. It is called once.
func (r *Recorder) Report() Report {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.over = true
	now := time.Now()
	all := Report{TookUS: r.since(now), Calls: make([]Told, 0, len(r.calls)), LeftOut: r.left}
	var waits []span
	for _, c := range r.calls {
		told := c.tell(now)
		all.Calls = append(all.Calls, told)
		waits = told.waits(waits)
	}
	all.GatewayUS = max(all.TookUS-covered(waits), 0)
	return all
}

// tell is a call as it is by now.
func (c *Call) tell(now time.Time) Told {
	told, r := c.told, c.recorder
	told.StartUS, told.TookUS = r.between(c.began, c.ended, now)
	for i, a := range c.attempts {
		one := ToldAttempt{Endpoint: a.endpoint, Code: a.code, Hedge: a.hedge}
		one.StartUS, one.TookUS = r.between(a.began, a.ended, now)
		told.Attempts = append(told.Attempts, one)
		switch {
		case a.hedge:
			told.Hedges++
		case i > 0:
			told.Retries++
		}
	}
	return told
}

// between is when something began, and how long it took. What goes on takes until now.
func (r *Recorder) between(began, ended, now time.Time) (start, took int64) {
	if ended.IsZero() {
		ended = now
	}
	start = r.since(began)
	return start, max(r.since(ended)-start, 0)
}

// span is a time, in microseconds.
type span struct{ from, to int64 }

// waits adds the times in which a service was waited for: those of its attempts, or that of somebody else's call.
func (t *Told) waits(to []span) []span {
	if t.Cache == Shared && len(t.Attempts) == 0 {
		return append(to, span{t.StartUS, t.StartUS + t.TookUS})
	}
	for _, a := range t.Attempts {
		if !a.outlived(t) {
			to = append(to, span{a.StartUS, a.StartUS + a.TookUS})
		}
	}
	return to
}

// outlived reports whether an attempt goes on of a call that has ended: nobody waits for it.
func (a *ToldAttempt) outlived(t *Told) bool { return a.Code == "" && len(t.Attempts) > 1 }

// covered is how long at least one of some spans lasts.
func covered(spans []span) (total int64) {
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	end := int64(0)
	for _, each := range spans {
		if each.to > end {
			total += each.to - max(each.from, end)
			end = each.to
		}
	}
	return total
}
