package status

import (
	"slices"
	"time"
)

// Snapshot is how the gateway does now.
func (b *Board) Snapshot() Snapshot {
	last, past := b.current()
	s := Snapshot{
		Time: shown(last.at), Version: b.parts.Version, Started: shown(b.parts.Started),
		Uptime: int64(last.at.Sub(b.parts.Started) / time.Second), Listen: b.parts.Listen,
		Ready: b.parts.Ready(), Settings: b.parts.Settings(),
		Requests: past.traffic(everything, totalOf(last, requestsInFly, everything)),
		Doors:    past.doors(), Errors: past.errors(), Statuses: past.statuses(), Limits: past.limits(), Caches: past.caches(),
		Services: past.services(b.parts.Services()), Redis: sharedBy(last), Open: subscribed(last), Process: past.process(),
		Certificates: certificates(last),
		Points:       past.points,
	}
	s.Settings.Refused = last.has(configTaken) && last.total(configTaken) == 0
	s.ByTime, s.ByCost = b.top.lists()
	s.Failures, s.Refusals = b.failures.lists()
	return s
}

// at wants series whose first label has a value.
func at(value string) func(labels) bool { return func(l labels) bool { return l[0] == value } }

func totalOf(r *reading, family string, wanted func(labels) bool) float64 {
	var sum float64
	for key, each := range r.families[family] {
		if wanted(key) {
			sum += each.value
		}
	}
	return sum
}

func (v view) traffic(wanted func(labels) bool, inFlight float64) Traffic {
	fault := func(l labels) bool { return wanted(l) && serverFault(l[1]) }
	return Traffic{
		PerSecond:     round(v.now.rate(v.now.sum(requests, wanted)), 2),
		InFlight:      inFlight,
		Shed:          v.minute.sum(requestsShed, wanted),
		Failed:        share(v.minute.sum(requests, fault), v.minute.sum(requests, wanted)),
		FailedQuarter: share(v.quarter.sum(requests, fault), v.quarter.sum(requests, wanted)),
		Latency:       v.minute.latency(requestDuration, wanted),
		Quarter:       v.quarter.latency(requestDuration, wanted),
	}
}

func (v view) doors() []Door {
	names := v.minute.to.first(requests)
	doors := make([]Door, 0, len(names))
	for _, name := range names {
		inFlight := v.minute.to.of(requestsInFly, labels{name})
		doors = append(doors, Door{Name: name, Traffic: v.traffic(at(name), inFlight)})
	}
	return doors
}

// errors are the codes of errors within GraphQL answers, those that there were.
func (v view) errors() []Count {
	counts := make([]Count, 0)
	for _, key := range v.minute.to.keys(graphqlErrors) {
		if total := v.minute.to.of(graphqlErrors, key); total > 0 {
			counts = append(counts, v.count(key[0], graphqlErrors, key, total))
		}
	}
	return counts
}

// statuses are those of answers that were no success.
func (v view) statuses() []Count {
	counts := make([]Count, 0)
	for _, key := range v.minute.to.keys(requests) {
		if key[1] >= "400" {
			counts = append(counts, v.count(key[0]+" "+key[1], requests, key, v.minute.to.of(requests, key)))
		}
	}
	return counts
}

func (v view) count(name, family string, key labels, total float64) Count {
	return Count{Name: name, Minute: v.minute.increase(family, key), Quarter: v.quarter.increase(family, key), Total: total}
}

func (v view) limits() []Limit {
	rules := v.minute.to.first(decisions)
	limits := make([]Limit, 0, len(rules))
	for _, rule := range rules {
		limits = append(limits, Limit{
			Rule:           rule,
			Allowed:        v.minute.increase(decisions, labels{rule, "allowed"}),
			Limited:        v.minute.increase(decisions, labels{rule, "limited"}),
			Measured:       v.minute.increase(decisions, labels{rule, "measured"}),
			LimitedQuarter: v.quarter.increase(decisions, labels{rule, "limited"}),
		})
	}
	return limits
}

func (v view) caches() []Cache {
	names := slices.Compact(slices.Sorted(slices.Values(append(
		v.minute.to.first(cacheRequests), v.minute.to.first(cacheBytes)...))))
	caches := make([]Cache, 0, len(names))
	for _, name := range names {
		caches = append(caches, Cache{
			Name:      name,
			PerSecond: round(v.now.rate(v.now.sum(cacheRequests, at(name))), 2),
			Ratio:     v.minute.kept(name), RatioQuarter: v.quarter.kept(name),
			Bytes: v.minute.to.of(cacheBytes, labels{name}), Entries: v.minute.to.of(cacheEntries, labels{name}),
		})
	}
	return caches
}

// kept is the share of questions that a cache answered. Who did not want its answer is not counted.
func (w window) kept(cache string) *float64 {
	answered := w.sum(cacheRequests, func(l labels) bool {
		return l[0] == cache && l[1] != "miss" && l[1] != "bypass" && l[1] != "revalidated"
	})
	asked := w.sum(cacheRequests, func(l labels) bool { return l[0] == cache && l[1] != "bypass" })
	return share(answered, asked)
}

// services adds what was measured to what is known of services.
func (v view) services(known []Service) []Service {
	for i := range known {
		s := &known[i]
		s.PerSecond = round(v.now.rate(v.now.sum(calls, at(s.Name))), 2)
		s.InFlight = v.minute.to.of(callsInFlight, labels{s.Name})
		s.Retries = v.minute.increase(retries, labels{s.Name})
		bad, good := v.minute.increase(calls, labels{s.Name, failed}), v.minute.increase(calls, labels{s.Name, succeeded})
		s.Failed = share(bad, bad+good)
		s.Latency = v.minute.latency(callDuration, at(s.Name))
		for j := range s.Endpoints {
			v.endpoint(s.Name, &s.Endpoints[j])
		}
	}
	return known
}

func (v view) endpoint(service string, e *Endpoint) {
	of := func(l labels) bool { return l[0] == service && l[1] == e.Name }
	e.PerSecond = round(v.now.rate(v.now.sum(attempts, of)), 2)
	bad := v.minute.increase(attempts, labels{service, e.Name, failed})
	good := v.minute.increase(attempts, labels{service, e.Name, succeeded})
	e.Failed = share(bad, bad+good)
}

// sharedBy is what instances share, as far as they do.
func sharedBy(r *reading) []Shared {
	list := make([]Shared, 0)
	for _, each := range [...]struct{ name, family string }{
		{"counters of limits", countersShared}, {"cached answers", cacheShared}, {"purges", purgesShared},
	} {
		if r.has(each.family) {
			list = append(list, Shared{Name: each.name, Reachable: r.total(each.family) > 0})
		}
	}
	return list
}

func subscribed(r *reading) []Subscription {
	transports := r.first(connections)
	list := make([]Subscription, 0, len(transports))
	for _, transport := range transports {
		list = append(list, Subscription{
			Transport: transport, Connections: r.of(connections, labels{transport}),
			Subscriptions: r.of(subscriptions, labels{transport}),
		})
	}
	return list
}

func (v view) process() Process {
	r := v.minute.to
	return Process{
		Memory: r.total(residentBytes), Heap: r.total(heapBytes), Goroutines: r.total(goroutines),
		CPU:         round(v.now.rate(v.now.increase(cpuSeconds, labels{})), 2),
		Collections: v.minute.increase(collections, labels{}),
		Files:       r.total(openFiles), MaxFiles: r.total(maxFiles), Panics: r.total(panics),
	}
}

// certificates are those that clients are shown, as metrics tell of them.
func certificates(r *reading) []Certificate {
	keys := r.keys(certificateEnds)
	list := make([]Certificate, 0, len(keys))
	for _, key := range keys {
		list = append(list, Certificate{
			Name: key[0], Key: key[1], NotAfter: time.Unix(int64(r.of(certificateEnds, key)), 0).UTC(),
		})
	}
	return list
}
