package balancer

import (
	"cmp"
	"math"
	"slices"
	"sync/atomic"
	"time"
)

// record is how the calls of one endpoint went, and whether it is ejected for it. Counting takes no lock.
type record struct {
	row           atomic.Int64 // failures since the last success
	calls, failed atomic.Int64 // since rates were last compared

	until time.Duration // when the ejection ends, on the pool's clock; 0 for none
	since time.Duration // when the last one ended
	times int           // how many ejections count for the length of the next
}

// count notes a call and returns how many have failed in a row.
func (r *record) count(failed bool) int64 {
	r.calls.Add(1)
	if !failed {
		if r.row.Load() != 0 { // writing costs more than looking
			r.row.Store(0)
		}
		return 0
	}
	r.failed.Add(1)
	return r.row.Add(1)
}

func (r *record) ejected() bool { return r.until != 0 }

// outliers decides which of a service's endpoints are ejected, as Envoy's outlier detection does. Whoever uses it brings the
// time and keeps others away. Before every decision, release and compare must have caught up with the time.
type outliers struct {
	config   Outlier
	compared time.Duration // when rates were last compared
}

// eject takes an endpoint out, unless it is out or so many others are that it is needed.
func (o *outliers) eject(all []*record, r *record, now time.Duration) bool {
	out := 0
	for _, each := range all {
		if each.ejected() {
			out++
		}
	}
	if r.ejected() || out >= o.most(len(all)) {
		return false
	}
	longest := int((o.config.MaxEjectionTime + o.config.EjectionTime - 1) / o.config.EjectionTime)
	r.times = min(r.times+1, longest)
	r.until = now + min(time.Duration(r.times)*o.config.EjectionTime, o.config.MaxEjectionTime)
	return true
}

// most is how many of n endpoints may be out at the same time: a share of them, but one in any case, or a share of few would be
// none; and never the last.
func (o *outliers) most(n int) int {
	if o.config.MaxEjected == 0 {
		return 0
	}
	return min(max(n*o.config.MaxEjected/100, 1), n-1)
}

// ejectForRow takes an endpoint out that failed too often in a row.
func (o *outliers) ejectForRow(all []*record, r *record, now time.Duration) bool {
	most := int64(o.config.ConsecutiveFailures)
	return most > 0 && r.row.Load() >= most && o.eject(all, r, now)
}

// release lets an endpoint in whose time is over, and returns since when.
func (r *record) release(now time.Duration) (since time.Duration, ok bool) {
	if !r.ejected() || now < r.until {
		return 0, false
	}
	since = r.until
	r.pardon(since)
	return since, true
}

// pardon ends an ejection. What failed before it is over counts no more: calls that were under way may have failed meanwhile.
func (r *record) pardon(now time.Duration) {
	r.until, r.since = 0, now
	r.row.Store(0)
	r.calls.Store(0)
	r.failed.Store(0)
}

// compare takes out those that failed more often than the others, once in an interval. For each interval that an endpoint was
// in, one ejection less counts.
//
// Nobody may have looked for long after the interval was over. Ejections begin at its end all the same, and one that is over by
// now is left out: whoever calls again after a quiet night finds all endpoints in.
func (o *outliers) compare(all []*record, now time.Duration) (ejected []*record) {
	due := o.next()
	if now < due {
		return nil
	}
	for _, r := range all {
		if !r.ejected() {
			in := now - max(o.compared, r.since)
			r.times = max(r.times-int(in/o.config.Interval), 0)
		}
	}
	for _, r := range o.worst(all) {
		if !o.eject(all, r, due) {
			continue
		}
		if _, over := r.release(now); !over {
			ejected = append(ejected, r)
		}
	}
	for _, r := range all {
		r.calls.Store(0)
		r.failed.Store(0)
	}
	o.compared = now
	return ejected
}

// next is when rates are compared again.
func (o *outliers) next() time.Duration { return o.compared + o.config.Interval }

const (
	// deviations is how far below the mean an outlier lies, in standard deviations. It is Envoy's.
	deviations = 1.9
	// leastGap is how far below the mean it lies in any case. Where all but one never fail, the deviation is so small that the one
	// would be an outlier for a single failure.
	leastGap = 0.05
)

// rate is the part of an endpoint's calls that succeeded.
type rate struct {
	*record
	success float64
}

// worst are the outliers by success rate, the worst first. Too few endpoints with enough calls have none.
func (o *outliers) worst(all []*record) []*record {
	var rates []rate
	for _, r := range all {
		if calls := r.calls.Load(); !r.ejected() && calls >= int64(o.config.SuccessRate.Calls) {
			rates = append(rates, rate{r, 1 - float64(r.failed.Load())/float64(calls)})
		}
	}
	if o.config.SuccessRate.Endpoints == 0 || len(rates) < o.config.SuccessRate.Endpoints {
		return nil
	}
	slices.SortFunc(rates, func(a, b rate) int { return cmp.Compare(a.success, b.success) })
	limit := threshold(rates)
	var worst []*record
	for _, each := range rates {
		if each.success < limit {
			worst = append(worst, each.record)
		}
	}
	return worst
}

// threshold is the success rate below which an endpoint is an outlier.
func threshold(rates []rate) float64 {
	n, sum, squares := float64(len(rates)), 0.0, 0.0
	for _, each := range rates {
		sum += each.success
	}
	mean := sum / n
	for _, each := range rates {
		squares += (each.success - mean) * (each.success - mean)
	}
	return mean - max(deviations*math.Sqrt(squares/n), leastGap)
}
