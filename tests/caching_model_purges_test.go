package tests

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/concierge-gateway/concierge/demo"
)

// purges changes something behind the gateways' backs, and tells one of them.
func (p *pair) purges(gateway int, what string, n [3]int) error {
	at := p.pick(sortedKinds()[n[0]%len(kinds)], n[1])
	effects := []effect{{ref: at, version: p.byItself(at)}}
	var body string
	switch what {
	case "all":
		body = `{"all": true}`
	case "upstream":
		body = fmt.Sprintf(`{"upstream": %q}`, at.kind)
	case "group":
		effects = []effect{p.teamByItself(teamOf(at))}
		body = fmt.Sprintf(`{"upstream": %q, "group": %q}`, at.kind, teamOf(at))
	case "record":
		if at.kind == fileKind {
			return nil
		}
		body = fmt.Sprintf(`{"type": %q, "id": "%d"}`, strings.ToUpper(at.kind[:1])+at.kind[1:], at.id)
	}
	if err := p.tell(gateway, body); err != nil {
		return err
	}
	p.learn(gateway, effects...)
	return nil
}

// tell has a gateway purge.
func (p *pair) tell(gateway int, body string) error {
	req, err := http.NewRequest(http.MethodPost, p.gateways[gateway].admin+"/purge", strings.NewReader(body)) //nolint:noctx // it gets one
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", plainJSON)
	got, err := p.send(req)
	if err == nil && got.status != http.StatusOK {
		err = fmt.Errorf("the purge of %s is answered with %d %s", body, got.status, got.body)
	}
	return err
}

func (m *mart) teamByItself(team string) effect {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.teams[team]++
	return effect{team: team, version: m.teams[team]}
}

// hears waits until a gateway has heard of all that the other has purged so far: it learns of one purge more. That is of a product
// which it keeps, and which nobody else asks for.
func (p *pair) hears(gateway int) error {
	from := 1 - gateway
	known := p.now(from)
	p.mu.Lock()
	p.beacon++
	at := ref{demo.Product, p.beacon}
	p.mu.Unlock()
	if _, err := p.beaconAt(gateway, at); err != nil {
		return err
	}
	p.byItself(at)
	if err := p.tell(from, fmt.Sprintf(`{"upstream": "product", "path": "/products/%d"}`, at.id)); err != nil {
		return err
	}
	var err error
	waitFor(p.t, func() string { return fmt.Sprintf("gateway %d does not hear of %s: %v", gateway, at, err) }, func() bool {
		var version int64
		version, err = p.beaconAt(gateway, at)
		return version == 2
	})
	p.hear(gateway, known)
	return nil
}

func (p *pair) beaconAt(gateway int, at ref) (version int64, err error) {
	req, err := http.NewRequest(http.MethodGet, fmt.Sprintf("%s/products/%d", p.gateways[gateway].public, at.id), nil) //nolint:noctx // it gets one
	if err != nil {
		return 0, err
	}
	p.patrons[len(p.patrons)-1].identify(req)
	got, err := p.send(req)
	if err != nil {
		return 0, err
	}
	stamps := stampsIn(got.body)
	if len(stamps) != 1 {
		return 0, fmt.Errorf("%s is answered with %d %s", at, got.status, got.body)
	}
	return stamps[0].version, nil
}
