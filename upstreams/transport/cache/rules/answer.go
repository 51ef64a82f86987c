package rules

import (
	"net/http"
	"time"
)

// known is what has been read of an answer.
type known struct {
	directives

	// What every use of an answer looks at lies close together: how old it was when it came, and until when it may be used.
	initialAge time.Duration
	terms      Terms
	// end is when the answer becomes stale, which may have been before it came.
	end time.Time
	// explicit says that the service said how long the answer is fresh.
	explicit bool
	// date is what Date says where the service has said nothing: when the answer came.
	date []string
}

// NewAnswer makes an answer whose header has been read once for all. It keeps the header as Stored has it, in a copy. Only
// Settings.Obey may differ between s and the settings that are given with the answer later.
func NewAnswer(status int, header http.Header, asked, came time.Time, varied []Varied, s Settings) Answer {
	return Answer{Status: status, Header: header, Asked: asked, Came: came, Varied: varied}.Kept(s)
}

// Same reports whether two are one answer, and not two that look alike.
func (a Answer) Same(other Answer) bool { return a.known != nil && a.known == other.known }

// Read is an answer whose header has been read once for all, and stays as it is. Settings are those of NewAnswer.
func (a Answer) Read(s Settings) Answer {
	a.known = read(a, s)
	return a
}

// Arrived reads the header of an answer as it came, once for all, and leaves it the service's own. It is not ok where the answer
// itself forbids any use of it but for who asked; no more is read of it then. Settings are those of NewAnswer.
func Arrived(status int, header http.Header, asked, came time.Time, s Settings) (a Answer, ok bool) {
	a = Answer{Status: status, Header: header, Asked: asked, Came: came}
	d := directivesOf(header, s.Targets)
	if d.forbids(s) {
		return a, false
	}
	a.known = readBy(d, a, s)
	return a, true
}

// Kept is an answer with a header of its own, as Stored has it: one that Arrived is then as NewAnswer makes them.
func (a Answer) Kept(s Settings) Answer {
	a.known = read(a, s)
	a.Header = a.known.stored(a.Header, s)
	if len(a.Header["Date"]) == 0 {
		a.known.date = []string{a.Came.UTC().Format(http.TimeFormat)}
	}
	return a
}

// read reads an answer's header.
func read(a Answer, s Settings) *known {
	if a.known != nil {
		return a.known
	}
	return readBy(directivesOf(a.Header, s.Targets), a, s)
}

func readBy(d directives, a Answer, s Settings) *known {
	k := &known{directives: d, initialAge: initialAge(a)}
	k.time(a, s)
	return k
}

// time finds out for how long an answer may be used.
func (k *known) time(a Answer, s Settings) {
	lifetime, said := k.lifetime(a, s)
	k.explicit = said || k.noCache || k.noStore
	k.end = a.Came.Add(lifetime - k.initialAge)
	k.terms = k.termsOf(a, s)
}

// mustRevalidateBy reports whether an answer forbids that it is used when it is stale. To a shared cache s-maxage does (RFC 9111,
// 5.2.2.10).
func (d *directives) mustRevalidateBy(s Settings) bool {
	return d.noCache || d.noStore || d.mustRevalidate || !s.Private && (d.proxyRevalidate || d.sharedMaxAge != unsaid)
}
