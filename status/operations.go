package status

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"
)

// How operations are ranked.
const (
	maxTracked = 64               // operations that are told apart
	maxShown   = 10               // and shown
	halfLife   = 5 * time.Minute  // after which what was counts half
	fadeEvery  = 30 * time.Second // how often that is reckoned
)

// operations finds those that take most, among any number of names: strangers choose names. It is the algorithm Space-Saving
// (Metwally, Agrawal, El Abbadi 2005): whoever is new takes the place and the weight of the lightest. What takes more than
// a 64th part of all is never missing.
type operations struct {
	mu           sync.Mutex
	faded        time.Time
	time, byCost ranking
}

func newOperations() *operations {
	return &operations{faded: time.Now(), time: newRanking(), byCost: newRanking()}
}

type operationKey struct{ door, name, document string }

// add counts a request. Where another one is being counted it is left out, which costs less than to wait: requests of heavy
// operations are as likely as others to be left out.
func (o *operations) add(f Finished) {
	if !o.mu.TryLock() {
		return
	}
	defer o.mu.Unlock()
	key := operationKey{f.Door, f.Operation, f.Document}
	if len(key.name) > maxName {
		key.name = key.name[:maxName]
	}
	o.time.add(key, f.Duration.Seconds(), f.blamed())
	if f.Cost > 0 {
		o.byCost.add(key, f.Cost, f.blamed())
	}
}

// fade lets what was count less.
func (o *operations) fade(now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if now.Sub(o.faded) < fadeEvery {
		return
	}
	o.faded = now
	o.time.fade()
	o.byCost.fade()
}

// lists are the heaviest.
func (o *operations) lists() (byTime, byCost []Operation) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.time.heaviest(), o.byCost.heaviest()
}

// ranking is one order of operations. The list is gone through for each name that is new: there are few, and they lie side by
// side.
type ranking struct {
	places map[operationKey]int // in list
	list   []tracked
	all    float64
}

type tracked struct {
	key           operationKey
	weight, taken float64 // weight is at most too large by what it was inherited
	count, failed float64
}

func newRanking() ranking {
	return ranking{places: make(map[operationKey]int, maxTracked), list: make([]tracked, 0, maxTracked)}
}

func (r *ranking) add(key operationKey, weight float64, bad bool) {
	r.all += weight
	place, ok := r.places[key]
	if !ok {
		place = r.place(key)
	}
	one := &r.list[place]
	one.weight += weight
	one.taken += weight
	one.count++
	if bad {
		one.failed++
	}
}

// place makes room for an operation that is new. The name may be a part of a request's body, which must not be kept for it.
func (r *ranking) place(key operationKey) int {
	one := tracked{key: operationKey{key.door, strings.Clone(key.name), strings.Clone(key.document)}}
	place := len(r.list)
	if place < maxTracked {
		r.list = append(r.list, one)
	} else {
		place = r.lightest()
		one.weight = r.list[place].weight
		delete(r.places, r.list[place].key)
		r.list[place] = one
	}
	r.places[one.key] = place
	return place
}

func (r *ranking) lightest() int {
	found := 0
	for i := range r.list {
		if r.list[i].weight < r.list[found].weight {
			found = i
		}
	}
	return found
}

// factor is what is left after one time of fading.
const factor = 1 - 0.69315*float64(fadeEvery)/float64(halfLife)

// gone is how often an operation has run that has not run for long.
const gone = 0.05

func (r *ranking) fade() {
	r.all *= factor
	clear(r.places)
	kept := r.list[:0]
	for _, one := range r.list {
		one.weight *= factor
		one.taken *= factor
		one.count *= factor
		one.failed *= factor
		if one.count >= gone {
			r.places[one.key] = len(kept)
			kept = append(kept, one)
		}
	}
	clear(r.list[len(kept):])
	r.list = kept
}

func (r *ranking) heaviest() []Operation {
	list := make([]Operation, 0, len(r.list))
	for _, one := range r.list {
		list = append(list, Operation{
			Door: one.key.door, Name: plain(one.key.name), Document: one.key.document,
			Share: round(one.taken/max(r.all, 1e-9), 4), Count: round(one.count, 1), Failed: round(one.failed, 1),
			Mean: round(one.taken/max(one.count, 1e-9), 5),
		})
	}
	slices.SortFunc(list, func(a, b Operation) int {
		return cmp.Or(cmp.Compare(b.Share, a.Share), cmp.Compare(a.Door, b.Door), cmp.Compare(a.Name, b.Name),
			cmp.Compare(a.Document, b.Document))
	})
	return list[:min(len(list), maxShown)]
}
