package rules

import "time"

// TermsOf is until when an answer may be used (RFC 9111, 4.2; RFC 5861). What counts is the first of these that is there:
// s-maxage in a store that is not one caller's alone, max-age, Expires, the setting. A targeted field counts instead of
// Cache-Control and Expires.
func TermsOf(a Answer, s Settings) Terms { return read(a, s).terms }

// Explicit reports whether the service itself said how long an answer is fresh. That it is not to be kept or used is such a word.
func Explicit(a Answer, s Settings) bool { return read(a, s).explicit }

// termsOf puts together how long an answer may be used.
func (k *known) termsOf(a Answer, s Settings) (t Terms) {
	t.MustRevalidate = k.mustRevalidateBy(s)
	if k.noCache || k.noStore {
		return t
	}
	last := k.end.Add(longest)
	if s.MaxAge > 0 {
		last = a.Came.Add(s.MaxAge - k.initialAge)
	}
	t.Fresh = within(a.Came, k.end, last)
	if t.MustRevalidate {
		return t
	}
	if stale := said(k.staleWhile, s.StaleWhileRevalidate); stale > 0 {
		t.StaleWhile = within(a.Came, k.end.Add(stale), last)
	}
	// An error is not better than another.
	if stale := said(k.staleIfError, s.StaleIfError); stale > 0 && a.Status < 500 {
		t.StaleIfError = within(a.Came, k.end.Add(stale), k.end.Add(longest))
	}
	return t
}

// within is an end, but not later than the last, and no time where that is not after the answer came.
func within(came, end, last time.Time) time.Time {
	if end.After(last) {
		end = last
	}
	if !end.After(came) {
		return time.Time{}
	}
	return end
}

// said is a time that the service has said, or else that of the settings.
func said(d, setting time.Duration) time.Duration {
	if d == unsaid {
		return setting
	}
	return d
}

// lifetime is how long an answer is fresh from when it was made, and whether the service said so.
func (d *directives) lifetime(a Answer, s Settings) (lifetime time.Duration, said bool) {
	if d.sharedMaxAge != unsaid && !s.Private {
		return d.sharedMaxAge, true
	}
	if d.maxAge != unsaid {
		return d.maxAge, true
	}
	if lines := a.Header["Expires"]; len(lines) > 0 && !d.targeted {
		expires, ok := timeOf(lines)
		if !ok {
			return 0, true // such as 0, which is the usual way to say that it is over
		}
		return min(max(0, expires.Sub(dateOf(a))), longest), true
	}
	return d.silentLifetime(a, s), false
}

// silentLifetime is how long an answer is fresh that does not say it.
func (d *directives) silentLifetime(a Answer, s Settings) time.Duration {
	setting := s.TTL
	switch {
	case isNegative(a.Status):
		setting = s.NegativeTTL
	case heuristically(a.Status):
	case !d.public:
		return 0
	case a.Status >= 400:
		setting = 0 // it may have been the service's bad moment
	}
	if setting > 0 {
		return min(setting, longest)
	}
	modified, ok := timeOf(a.Header["Last-Modified"])
	if !s.Heuristic || !ok {
		return 0
	}
	return min(max(0, dateOf(a).Sub(modified))/10, 24*time.Hour)
}

// dateOf is when an answer was made, as the service says, or else when it came.
func dateOf(a Answer) time.Time {
	if made, ok := timeOf(a.Header["Date"]); ok {
		return made
	}
	return a.Came
}
