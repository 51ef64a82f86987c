package tests

import (
	"maps"
	"sync"
)

// atLeast is what must be seen at least.
type atLeast struct {
	versions map[ref]int64
	teams    map[string]int64
}

// chronicle is what must be seen at least at each of two gateways. At the one that has written, that is what was written; at the
// other, what it has heard of.
type chronicle struct {
	mu sync.Mutex
	at [2]atLeast // not changed, but replaced
}

// now is what whoever begins to read must see.
func (c *chronicle) now(gateway int) atLeast {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at[gateway]
}

// learn adds to what is seen at a gateway.
func (c *chronicle) learn(gateway int, effects ...effect) {
	c.mu.Lock()
	defer c.mu.Unlock()
	next := atLeast{make(map[ref]int64), make(map[string]int64)}
	maps.Copy(next.versions, c.at[gateway].versions)
	maps.Copy(next.teams, c.at[gateway].teams)
	for _, each := range effects {
		if each.team != "" {
			next.teams[each.team] = max(next.teams[each.team], each.version)
		} else {
			next.versions[each.ref] = max(next.versions[each.ref], each.version)
		}
	}
	c.at[gateway] = next
}

// hear adds to what is seen at a gateway what was seen at the other.
func (c *chronicle) hear(gateway int, of atLeast) {
	var effects []effect
	for at, version := range of.versions {
		effects = append(effects, effect{ref: at, version: version})
	}
	for team, version := range of.teams {
		effects = append(effects, effect{team: team, version: version})
	}
	c.learn(gateway, effects...)
}
