package ratelimit

import (
	"net/http"
	"strconv"
	"time"

	"github.com/concierge-gateway/concierge/ratelimit/charge"
)

// The fields by which answers tell of limits (draft-ietf-httpapi-ratelimit-headers-10).
const (
	policyHeader = "Ratelimit-Policy"
	limitHeader  = "Ratelimit"
)

// Announce writes into the header of an answer which limits the request was charged to, and what is left of each. Limits that are
// only measured, and those of fields, are not told: the one refuse nothing, and the others are known after the header has gone.
func (a *Account) Announce(header http.Header) {
	if a == nil {
		return
	}
	var room [headerRoom]byte
	limits := room[:0]
	var least *charge.Charge
	var reset time.Duration // until there is more of it
	for i := range a.taken {
		t := &a.taken[i]
		if !t.enforced() {
			continue
		}
		for n := range t.reservation.Charges {
			c, r := &t.reservation.Charges[n], t.rules[n]
			burst := c.Rate == r.burst
			wait := t.waitOf(n, a.limiter.now)
			limits = appendLimit(limits, r, burst, c.Remaining, wait)
			if !burst && (least == nil || c.Remaining < least.Remaining) {
				least, reset = c, wait
			}
		}
	}
	if len(limits) == 0 {
		return
	}
	header[policyHeader] = a.policies()
	a.room.limits[0] = a.texts.keep(limits)
	header[limitHeader] = a.room.limits[:]
	if a.limiter.config.LegacyHeaders {
		announceLegacy(header, least, reset)
	}
}

// policies is the field that tells of all that was charged. Most callers are charged by the same rules, and told so by the same
// piece of memory.
func (a *Account) policies() []string {
	if a.whole && told(a.taken) == a.known.charges { // no operation has been charged beside the request
		return a.known.told
	}
	var list []byte
	for i := range a.taken {
		t := &a.taken[i]
		if !t.enforced() {
			continue
		}
		for n, r := range t.rules {
			list = appendPolicy(list, r, t.reservation.Charges[n].Rate == r.burst)
		}
	}
	return []string{string(list)}
}

// policiesOf is what callers are told of rules that are enforced, and by how many charges those count.
func policiesOf(rules []*rule) (list []byte, charges int) {
	for _, r := range rules {
		if r.Mode == Measure {
			continue
		}
		list = appendPolicy(list, r, false)
		charges++
		if r.burst.Limit > 0 {
			list = appendPolicy(list, r, true)
			charges++
		}
	}
	return list, charges
}

// headerRoom is as long as the fields of most requests are, in bytes.
const headerRoom = 256

// words are how callers are told of a limit. They are made once.
type words struct{ name, policy string }

func (r *rule) words(burst bool) *words {
	if burst {
		return &r.burstWords
	}
	return &r.rateWords
}

// wordsOf names a limit, and describes it as an item of a structured list: "caller";q=6000;w=60. Windows are rounded up, so that
// nobody who goes by them is refused. That of a burst may be less than a second, which cannot be told.
func wordsOf(r *rule, burst bool) words {
	limit, window := r.Rate.Limit, r.window()
	if burst {
		limit, window = r.burst.Limit, 0
		if r.burst.Period >= time.Second {
			window = seconds(r.burst.Period)
		}
	}
	name := `"` + r.named(burst) + `"`
	policy := strconv.AppendInt([]byte(name+";q="), limit, 10)
	if window > 0 {
		policy = strconv.AppendInt(append(policy, ";w="...), window, 10)
	}
	if r.Counts != Requests {
		policy = append(policy, `;concierge-counts="`+string(r.Counts)+`"`...)
	}
	return words{name, string(policy)}
}

func appendPolicy(dst []byte, r *rule, burst bool) []byte {
	return append(appendComma(dst), r.words(burst).policy...)
}

// appendLimit writes what is left of a limit, and where that is nothing, for how long.
func appendLimit(dst []byte, r *rule, burst bool, remaining int64, wait time.Duration) []byte {
	dst = append(append(appendComma(dst), r.words(burst).name...), ";r="...)
	dst = strconv.AppendInt(dst, remaining, 10)
	if wait > 0 {
		dst = append(dst, ";t="...)
		dst = strconv.AppendInt(dst, seconds(wait), 10)
	}
	return dst
}

// burstSuffix is behind the name of a rule where its burst is told.
const burstSuffix = "-burst"

// appendComma separates what follows from what is there.
func appendComma(dst []byte) []byte {
	if len(dst) > 0 {
		dst = append(dst, ", "...)
	}
	return dst
}

func announceLegacy(header http.Header, c *charge.Charge, reset time.Duration) {
	if c == nil {
		return
	}
	header.Set("X-Ratelimit-Limit", strconv.FormatInt(c.Rate.Limit, 10))
	header.Set("X-Ratelimit-Remaining", strconv.FormatInt(c.Remaining, 10))
	header.Set("X-Ratelimit-Reset", strconv.FormatInt(seconds(max(reset, 0)), 10))
}

func seconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }
