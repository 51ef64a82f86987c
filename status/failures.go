package status

import (
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

// How many requests are remembered, and how much of what strangers wrote.
const (
	maxFailures = 50
	maxRefusals = 20
	maxName     = 64
)

// Finished is a request that has been answered. Operation is a stranger's text.
type Finished struct {
	Door      string
	Operation string
	// Document begins the hash of the document, or is empty.
	Document string
	Status   int
	// Code is the code of what went wrong, or empty. Fault is true where not the caller is to blame for it.
	Code  string
	Fault bool
	// Aborted is true where the answer broke off.
	Aborted  bool
	Duration time.Duration
	// Services are those of which a call came to nothing.
	Services []string
	// Cost is by the weights of the schema, 0 where it is not known.
	Cost               float64
	RequestID, TraceID string
}

// wrong reports whether something went wrong: a request that is answered by a redirection is as good as any.
func (f *Finished) wrong() bool { return f.Code != "" || f.Status >= 400 || f.Aborted }

// blamed reports whether the gateway or a service is to blame.
func (f *Finished) blamed() bool { return f.Fault || f.Aborted || f.Status >= 500 }

// Finish is told of each request, after its answer. It does not wait for anything.
func (b *Board) Finish(f Finished) {
	if f.wrong() {
		b.failures.add(f, time.Now())
	}
	b.top.add(f)
}

// failures are the last requests that failed. Callers' own mistakes have a place of their own: whoever makes many of them pushes
// out no others.
type failures struct {
	mu       sync.Mutex
	failed   []Failure
	refusals []Failure
}

func newFailures() *failures { return new(failures) }

func (f *failures) add(of Finished, now time.Time) {
	one := Failure{
		Time: shown(now), Door: of.Door, Operation: plain(of.Operation), Status: of.Status, Code: of.Code,
		Services: append([]string{}, of.Services...), Seconds: round(of.Duration.Seconds(), 4),
		RequestID: plain(of.RequestID), TraceID: of.TraceID,
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if of.blamed() {
		f.failed = keep(f.failed, one, maxFailures)
	} else {
		f.refusals = keep(f.refusals, one, maxRefusals)
	}
}

// lists are copies, the latest first.
func (f *failures) lists() (failed, refusals []Failure) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return latest(f.failed), latest(f.refusals)
}

func latest(list []Failure) []Failure {
	turned := append(make([]Failure, 0, len(list)), list...)
	slices.Reverse(turned)
	return turned
}

// plain is a stranger's text as it can stand on a page and in a log: short, of its own memory, and without what is not seen or
// turns the direction of what is.
func plain(text string) string {
	if len(text) > maxName {
		cut := maxName
		for cut > 0 && !utf8.RuneStart(text[cut]) {
			cut--
		}
		text = text[:cut] + "…"
	}
	return strings.Clone(strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return utf8.RuneError
	}, text))
}
