package tests

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/concierge-gateway/concierge/demo"
)

// glance is one read by somebody at a gateway.
type glance struct {
	gateway int
	by      *patron
	reads   string // the language that is asked for
	byGet   bool
	again   bool // says what it has already
	faulty  bool // a service may be failing
	leaves  bool // does not wait for the answer
	ask     inquiry
}

// looks reads, and says what is wrong with the answer.
func (p *pair) looks(rd glance) error {
	known := p.now(rd.gateway)
	req, err := rd.ask.request(p.gateways[rd.gateway].public, rd.byGet)
	if err != nil {
		return err
	}
	rd.by.identify(req)
	if rd.reads != "" {
		req.Header.Set("Accept-Language", rd.reads)
	}
	if rd.ask.query != "" && !rd.byGet {
		req.Header.Set("Content-Type", plainJSON)
	}
	name := fmt.Sprintf("%s %s %p %s", req.Method, req.URL.RequestURI(), rd.by, rd.reads)
	before, ok := p.remembered(name)
	if ok && rd.again && req.Method == http.MethodGet {
		setIf(req.Header, "If-None-Match", before.header.Get("ETag"))
		setIf(req.Header, "If-Modified-Since", before.header.Get("Last-Modified"))
	}
	if rd.leaves {
		p.leaves(req)
		return nil
	}
	got, err := p.send(req)
	if err != nil {
		return err
	}
	if got.status == http.StatusNotModified {
		p.count(func(t *tallyOfPair) { t.unchanged++ })
		got.body, got.status = before.body, http.StatusOK
	} else if req.Method == http.MethodGet {
		p.remember(name, got)
	}
	if err := p.check(rd, known, got); err != nil {
		return fmt.Errorf("%s %s%s at gateway %d by %+v, in %q: %w\n%d %v\n%s", req.Method, req.URL.Path, rd.ask.query, rd.gateway, *rd.by, rd.reads, err, got.status, got.header, got.body)
	}
	return nil
}

func setIf(header http.Header, name, value string) {
	if value != "" {
		header.Set(name, value)
	}
}

// send asks both gateways for the same host: services are told it, and may speak of it.
func (p *pair) send(req *http.Request) (reply, error) {
	req.Host = "shop.example"
	if req.Context() == context.Background() {
		req = req.WithContext(p.t.Context())
	}
	res, err := p.client.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return reply{res.StatusCode, res.Header, body}, err
}

// leaves asks, and does not wait for the answer once a service is asked.
func (p *pair) leaves(req *http.Request) {
	ctx, leave := context.WithCancel(p.t.Context())
	defer leave()
	asked, answered := p.traffic.next(), make(chan struct{})
	go func() {
		defer close(answered)
		_, _ = p.send(req.WithContext(ctx))
	}()
	select {
	case <-asked:
	case <-answered:
	}
	leave()
	<-answered
}

func (p *pair) remembered(name string) (r reply, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r, ok = p.had[name]
	return r, ok
}

func (p *pair) remember(name string, r reply) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.had[name] = r
}

func (p *pair) count(add func(t *tallyOfPair)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	add(&p.observed)
}

// check holds an answer against what must be seen, and by whom.
func (p *pair) check(rd glance, known atLeast, got reply) error {
	stamps := stampsIn(got.body)
	p.count(func(t *tallyOfPair) { t.reads, t.stamps = t.reads+1, t.stamps+len(stamps) })
	reads := rd.reads
	if rd.ask.query != "" || strings.HasPrefix(rd.ask.path, "/shelf") || strings.HasPrefix(rd.ask.path, "/desk") {
		reads = "" // services are not told
	}
	if made := got.header.Get("Set-Cookie"); made != "" && made != "made="+rd.by.id {
		return fmt.Errorf("it sets the cookie %q of somebody else", made)
	}
	for _, s := range stamps {
		if err := p.checkStamp(rd.by, reads, known, s); err != nil {
			return err
		}
	}
	if rd.faulty || rd.ask.needs != "" && !rd.by.may(rd.ask.needs) || got.status == http.StatusForbidden || got.status == http.StatusUnauthorized || rd.ask.method == http.MethodHead {
		return nil
	}
	return p.checkShown(rd, known, stamps)
}

// checkShown is an error where something is missing that is there and may be seen.
func (p *pair) checkShown(rd glance, known atLeast, stamps []stamp) error {
	shown := func(at ref) bool {
		_, exists := known.versions[at]
		return exists && p.sees(rd.by, at)
	}
	of := slices.DeleteFunc(slices.Clone(rd.ask.of), func(at ref) bool { return !shown(at) })
	if rd.ask.parts {
		of = slices.DeleteFunc(p.withParts(of), func(at ref) bool { return !shown(at) })
	}
	for _, at := range of {
		here := slices.ContainsFunc(stamps, func(s stamp) bool { return s.ref == at })
		if !here {
			return fmt.Errorf("it does not have %s", at)
		}
	}
	return nil
}

// checkStamp holds what was shown of one record against all that is known.
func (p *pair) checkStamp(by *patron, reads string, known atLeast, s stamp) error {
	for name, value := range s.made {
		if value != by.made(reads)[name] {
			return fmt.Errorf("LEAK: %s was made for others: %v", s.text(), s.made)
		}
	}
	if !p.sees(by, s.ref) {
		return fmt.Errorf("LEAK: %s is not to be shown", s.text())
	}
	at := s.ref
	if at.kind == mailKind {
		at.kind = demo.User
	}
	if s.version < known.versions[at] {
		return fmt.Errorf("STALE: %s is older than version %d", s.text(), known.versions[at])
	}
	if team := teamOf(at); s.team >= 0 && s.team < known.teams[team] {
		return fmt.Errorf("STALE: %s is older than version %d of its team", s.text(), known.teams[team])
	}
	return nil
}
