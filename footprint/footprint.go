// Package footprint answers what one request has had services do, in numbers: how many calls, how long it waited for them, and
// what needed no call since it was known.
//
// It lies in the context of every request, and takes some hundred bytes of its record. A waterfall tells of single calls, and
// is kept for whoever asks for one.
package footprint

import (
	"context"
	"sync"
	"time"
)

// Key is the key under which a context has something that has a Footprint.
type Key struct{}

// From is the footprint of the request that ctx works for, nil where nobody wants to know.
func From(ctx context.Context) *Footprint {
	if has, ok := ctx.Value(Key{}).(interface{ Footprint() *Footprint }); ok {
		return has.Footprint()
	}
	return nil
}

// The bounds of what is told apart.
const (
	usual = 1  // services that take no memory of their own
	many  = 3  // further ones for which memory is taken at once
	most  = 16 // services; what is called beyond counts as Others
)

// Others stands for the services that are not told apart.
const Others = "other"

// Mixed is what caches did with the calls of a request that did not all end alike.
const Mixed = "mixed"

// Service is what a request had one service do.
type Service struct {
	// Name is what the configuration calls it.
	Name string
	// Calls is how many calls were made, and Failed how many of those came to nothing.
	Calls, Failed int
	// Retries are the attempts beyond the first of each call.
	Retries int
	// Longest is the time of the longest call, until its answer's header was there.
	Longest time.Duration
	// Total is the time of all calls. They may have been under way at the same time.
	Total time.Duration
}

// Footprint counts what services do for one request. A nil Footprint counts nothing. It is safe for concurrent use: calls can
// outlive the answer.
type Footprint struct {
	mu       sync.Mutex
	underWay int
	since    time.Time // when the first of those under way began
	waited   time.Duration
	cache    string
	known    int
	n        int
	services [usual]Service
	further  []Service
}

// Report is what a request has had services do so far.
type Report struct {
	// Calls were made, Retries attempts beyond their first, and Known calls were not needed.
	Calls, Retries, Known int
	// Waited is the time in which at least one call was under way.
	Waited time.Duration
	// Cache is what caches did with the calls, in a word, or Mixed. It is empty where nothing may be kept.
	Cache string
	// Services are those that were called, in the order of their first calls.
	Services []Service
}

// Begin notes that a call begins.
func (f *Footprint) Begin(now time.Time) {
	if f == nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.underWay == 0 {
		f.since = now
	}
	f.underWay++
}

// End notes that a call to a service has its answer, or failed, after so long. One that was withheld was none.
func (f *Footprint) End(service string, took time.Duration, failed, withheld bool) {
	if f == nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.underWay--
	if f.underWay == 0 {
		f.waited += time.Since(f.since)
	}
	if withheld {
		return
	}
	s := f.of(service)
	s.Calls++
	s.Total += took
	s.Longest = max(s.Longest, took)
	if failed {
		s.Failed++
	}
}

// Retried notes an attempt beyond the first.
func (f *Footprint) Retried(service string) {
	if f == nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.of(service).Retries++
}

// Cached notes what a cache did with a call, and whether that made the call needless.
func (f *Footprint) Cached(what string, known bool) {
	if f == nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if known {
		f.known++
	}
	switch f.cache {
	case "", what:
		f.cache = what
	default:
		f.cache = Mixed
	}
}

// of is a service's share. The lock is held.
func (f *Footprint) of(service string) *Service {
	for i := range f.n {
		if s := f.at(i); s.Name == service || i == most-1 {
			return s
		}
	}
	if f.n == most-1 {
		service = Others
	}
	f.n++
	if f.n > usual {
		if f.further == nil {
			f.further = make([]Service, 0, many)
		}
		f.further = append(f.further, Service{})
	}
	s := f.at(f.n - 1)
	s.Name = service
	return s
}

func (f *Footprint) at(i int) *Service {
	if i < usual {
		return &f.services[i]
	}
	return &f.further[i-usual]
}

// Report is what has come together. The services are left out unless they are asked for.
func (f *Footprint) Report(services bool) Report {
	if f == nil {
		return Report{}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	r := Report{Known: f.known, Waited: f.waited, Cache: f.cache}
	if f.underWay > 0 {
		r.Waited += time.Since(f.since)
	}
	for i := range f.n {
		s := f.at(i)
		r.Calls += s.Calls
		r.Retries += s.Retries
		if services {
			r.Services = append(r.Services, *s)
		}
	}
	return r
}
