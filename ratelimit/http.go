package ratelimit

import (
	"net/http"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/forwarded"
	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/ratelimit/charge"
)

// Before opens the account of each request before anybody knows who sends it. Whoever hammers is refused here, before a
// credential is looked at. A request that ends before it is charged, such as one with a credential that is no good, counts for
// its address: that is how credentials are guessed.
func (l *Limiter) Before(q Request) func(http.Handler) http.Handler {
	k := l.kindOf(q)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			client, _ := forwarded.From(r.Context())
			a := l.Open(Who{Addr: client.Addr})
			if over, wait := a.blocked(k); over != nil {
				w.Header()[policyHeader] = []string{string(appendPolicy(nil, over, false))}
				w.Header()[limitHeader] = []string{string(appendLimit(nil, over, false, 0, wait))}
				refuse(w, r, refusal([]string{over.Name}, wait, charge.ByStore))
				return
			}
			r = With(r, a)
			next.ServeHTTP(w, r)
			if !a.settled {
				a.count(r.Context(), k)
			}
		})
	}
}

// Charge takes what a request costs whoever sends it, and says on each answer what is left.
func (l *Limiter) Charge(q Request) func(http.Handler) http.Handler {
	k := l.kindOf(q)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			a := From(r.Context())
			caller := auth.FromContext(r.Context())
			a.identify(WhoIs(a.who, caller))
			err := a.charge(r.Context(), k)
			a.Announce(w.Header())
			if err != nil {
				refuse(w, r, err)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// WhoIs adds to what is known of a request who sends it.
func WhoIs(who Who, caller auth.Principal) Who {
	who.Principal, who.Client, who.Plan = caller.ID, caller.Client, caller.Plan
	if caller.Method == auth.ByKey {
		who.Key = caller.Credential
	}
	return who
}

func refuse(w http.ResponseWriter, r *http.Request, err error) {
	record := middleware.RecordFrom(r.Context())
	record.Fail(problem.KindOf(err))
	record.Refused(err)
	problem.Write(w, err)
}

// Name says who sends a request that is charged to nobody but its address.
func (a *Account) Name(caller auth.Principal) {
	if a != nil {
		a.identify(WhoIs(a.who, caller))
	}
}
