package rest

import (
	"net/http"
	"slices"
	"time"

	"github.com/concierge-gateway/concierge/auth/identity"
	"github.com/concierge-gateway/concierge/correlation"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/sharing"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/rules"
	"github.com/concierge-gateway/concierge/upstreams/transport/fallback"
)

// judgement is what may be done with an answer besides answering who asked.
type judgement struct {
	// storable says that the answer may be kept for whom it was asked, until its terms end.
	storable bool
	terms    rules.Terms
	// silent says that nobody said for how long.
	silent bool
	// forbidden says that a service or a setting lets nobody keep anything that is made of it.
	forbidden bool
	// groups are the tags of the groups that the answer names.
	groups []purge.Tag
}

// judge finds out what may be done with an answer. Wanted says that it matters why nothing may be done.
func (c *Client) judge(a answer, wanted bool) judgement {
	cache := c.caches
	if cache == nil {
		return judgement{silent: true}
	}
	if a.instead() || !cache.Enabled(a.req) {
		return judgement{forbidden: true}
	}
	settings := cache.Settings(a.req)
	if !wanted && isSilent(a.res.Header, settings) {
		return judgement{silent: true}
	}
	groups, ok := cache.groups(a.res.Header)
	if !ok {
		return judgement{forbidden: true}
	}
	j := c.judgeBy(settings, a)
	j.groups = groups
	return j
}

// judgeBy goes by what an answer and the settings say.
func (c *Client) judgeBy(settings rules.Settings, a answer) judgement {
	came := rules.Answer{Status: a.res.StatusCode, Header: a.res.Header, Asked: a.asked, Came: a.came}
	said := came.Read(settings)
	j := judgement{terms: rules.TermsOf(said, settings)}
	j.storable = rules.Storable(a.req, said, settings) && c.alikeForAll(a, c.caches.Inputs(a.req), settings.Private)
	if j.storable && !j.terms.Fresh.IsZero() {
		return j
	}
	explicit := rules.Explicit(said, settings)
	j.silent = !explicit && j.terms.Fresh.IsZero()
	j.forbidden = !j.storable && (explicit || !c.neutral(a, came, settings))
	return j
}

// instead reports whether something else answered in the service's place.
func (a *answer) instead() bool { return a.res != nil && a.res.Header[fallback.Header] != nil }

// isSilent reports whether neither an answer nor a setting says anything by which the answer could be kept. Then it is not worth
// reading.
func isSilent(header http.Header, s rules.Settings) bool {
	if s.TTL+s.NegativeTTL+s.StaleWhileRevalidate+s.StaleIfError != 0 || s.Heuristic {
		return false
	}
	for _, target := range s.Targets {
		if header[target] != nil {
			return false
		}
	}
	return header["Cache-Control"] == nil && header["Expires"] == nil
}

// silence is a time for answers that say nothing, by which it shows that they forbid nothing either.
const silence = time.Hour

// neutral reports whether an answer that is not to be kept forbids nothing. It may only have failed to allow it.
func (c *Client) neutral(a answer, came rules.Answer, settings rules.Settings) bool {
	settings.TTL, settings.NegativeTTL, settings.Cookies = silence, silence, true
	bare := &http.Request{Method: a.req.Method, URL: a.req.URL, Header: http.Header{}}
	return rules.Storable(bare, came, settings) && c.alikeForAll(a, c.caches.Inputs(a.req), settings.Private)
}

// alikeForAll reports whether all who find an answer by the same key would have been answered the same, as far as Vary tells. The
// calls of a client differ in what they say of the caller, and in nothing else.
func (c *Client) alikeForAll(a answer, inputs sharing.Inputs, own bool) bool {
	varied, ok := rules.VariedBy(a.req, a.res.Header)
	return ok && !slices.ContainsFunc(varied, func(by rules.Varied) bool {
		switch by.Name {
		case problem.RequestIDHeader, correlation.TraceparentHeader, correlation.TracestateHeader, identity.TokenHeader:
			return true // they name one request
		case identity.UserIDHeader, identity.ScopesHeader, identity.TenantHeader:
			return !own
		default:
			return slices.Contains(c.told.Credentials, by.Name) && inputs != sharing.All && inputs != ""
		}
	})
}

// isChosen reports whether a service chose an answer by more than who asks: by what all lookups say alike, and others may not,
// such as a language.
func isChosen(a answer) bool {
	if len(a.res.Header["Content-Language"]) > 0 {
		return true
	}
	varied, ok := rules.VariedBy(a.req, a.res.Header)
	return !ok || slices.ContainsFunc(varied, func(by rules.Varied) bool {
		switch by.Name {
		case "Accept-Encoding", identity.UserIDHeader, identity.ScopesHeader, identity.TenantHeader:
			return false
		default:
			return true
		}
	})
}
