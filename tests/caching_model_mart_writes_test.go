package tests

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/concierge-gateway/concierge/demo"
)

// What can become of a write.
const (
	isDone    = "done"
	isMisled  = "done, and answered with a failure"
	isNotSaid = "done, and not answered"
	isNotDone = "refused, by which a team changes"
)

// write answers a call that writes.
func (m *mart) write(kind string, r *http.Request) *martAnswer {
	var body struct {
		UserID  int64 `json:"user_id"`
		OrderID int64 `json:"order_id"`
		Items   []struct {
			ProductID int64 `json:"product_id"`
		} `json:"items"`
	}
	text, _ := io.ReadAll(r.Body)
	_ = json.Unmarshal(text, &body)
	at := ref{kind: kind}
	if segments := strings.Split(strings.Trim(r.URL.Path, "/"), "/"); len(segments) > 1 {
		at.id = wholeOf(segments[1])
	}
	if at.id != 0 && m.goods[at] == nil {
		return &martAnswer{status: http.StatusNotFound, body: "{}"}
	}
	g := &good{user: body.UserID, order: body.OrderID}
	for _, each := range body.Items {
		g.items = append(g.items, each.ProductID)
	}
	made := at.id == 0
	if made {
		at.id = m.take(kind, g)
	}
	mishap := m.mishaps[at]
	delete(m.mishaps, at)
	if mishap == isNotDone {
		return m.refuse(at)
	}
	m.wrote[at] = append(m.wrote[at], m.change(at))
	return m.done(at, r, mishap, made)
}

// take makes a record. An order has one payment.
func (m *mart) take(kind string, g *good) (id int64) {
	if kind == demo.Payment {
		if known := m.sorted(kind, func(_ int64, other *good) bool { return other.order == g.order }); len(known) > 0 {
			return known[0]
		}
	}
	all := m.sorted(kind, func(int64, *good) bool { return true })
	id = all[len(all)-1] + 1
	m.goods[ref{kind, id}] = g
	return id
}

// change counts up a record, and those of other services that change with it.
func (m *mart) change(at ref) (effects []effect) {
	g := m.goods[at]
	with := []ref{at}
	switch at.kind {
	case demo.Order:
		for _, id := range g.items {
			with = append(with, ref{demo.Product, id})
		}
	case demo.Payment:
		with = append(with, ref{demo.Order, g.order})
	}
	slices.SortFunc(with, func(a, b ref) int { return strings.Compare(a.String(), b.String()) })
	for _, each := range slices.Compact(with) {
		if m.goods[each] != nil {
			m.goods[each].version++
			effects = append(effects, effect{ref: each, version: m.goods[each].version})
		}
	}
	return effects
}

// done says what was done, as far as somebody is told.
func (m *mart) done(at ref, r *http.Request, mishap string, made bool) *martAnswer {
	switch mishap {
	case isMisled:
		return &martAnswer{status: http.StatusInternalServerError, body: "{}"}
	case isNotSaid:
		return &martAnswer{breaks: true}
	}
	say := wording{bearing: one(m.random, bearingNames())}
	a := m.said(r, say, at.kind, []int64{at.id}, m.record(at.kind, at.id, m.goods[at], r, say))
	if made {
		a.status = http.StatusCreated
		a.header.Set("Location", "/"+kinds[at.kind]+"/"+strconv.FormatInt(at.id, 10))
	}
	return a
}

// refuse changes a team, and says so to caches.
func (m *mart) refuse(at ref) *martAnswer {
	team := teamOf(at)
	m.teams[team]++
	m.wrote[at] = append(m.wrote[at], []effect{{team: team, version: m.teams[team]}})
	header := http.Header{"Cache-Group-Invalidation": {fmt.Sprintf("%q", team)}}
	return &martAnswer{status: http.StatusConflict, body: "{}", header: header}
}

// byItself counts a record up though nobody has written it here, and returns its version.
func (m *mart) byItself(at ref) int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.goods[at].version++
	return m.goods[at].version
}
