package tests

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/concierge-gateway/concierge/demo"
)

// read answers a call that reads.
func (m *mart) read(kind string, r *http.Request) *martAnswer {
	segments := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	if segments[0] != kinds[kind] {
		return &martAnswer{status: http.StatusNotFound, body: "{}"}
	}
	say := wordingOf(m.random, m.bearings[kind])
	if m.plain {
		say = wording{bearing: m.bearings[kind], grouped: true}
	}
	if len(segments) == 1 {
		return m.list(kind, r, say)
	}
	id := wholeOf(segments[1])
	if id >= beacons {
		if say = (wording{bearing: "for everybody"}); m.goods[ref{kind, id}] == nil {
			m.goods[ref{kind, id}] = &good{version: 1}
		}
	}
	g := m.goods[ref{kind, id}]
	if g == nil {
		a := m.said(r, say, kind, nil, "{}")
		a.status = http.StatusNotFound
		return a
	}
	return m.said(r, say, kind, []int64{id}, m.record(kind, id, g, r, say))
}

func (m *mart) list(kind string, r *http.Request, say wording) *martAnswer {
	query := r.URL.Query()
	wanted := func(name string) func(id int64) bool {
		of := idsIn(query, name)
		return func(id int64) bool { return len(of) == 0 || slices.Contains(of, id) }
	}
	byID, byUser, byUsers, byOrder := wanted("ids"), wanted("user_id"), wanted("user_ids"), wanted("order_ids")
	category := query.Get("category")
	ids := m.sorted(kind, func(id int64, g *good) bool {
		return byID(id) && byUser(g.user) && byUsers(g.user) && byOrder(g.order) && (category == "" || category == categoryOf(id))
	})
	if limit := wholeOf(query.Get("limit")); limit > 0 {
		ids = ids[min(len(ids), int(wholeOf(query.Get("offset")))):]
		ids = ids[:min(len(ids), int(limit))]
	}
	records := make([]string, len(ids))
	for i, id := range ids {
		records[i] = m.record(kind, id, m.goods[ref{kind, id}], r, say)
	}
	return m.said(r, say, kind, ids, "["+strings.Join(records, ",")+"]")
}

func idsIn(query url.Values, name string) (ids []int64) {
	for each := range strings.SplitSeq(query.Get(name), ",") {
		if id := wholeOf(each); id > 0 {
			ids = append(ids, id)
		}
	}
	return ids
}

func categoryOf(id int64) string { return "c" + strconv.FormatInt(id%2, 10) }

// teamOf is the group of a record.
func teamOf(at ref) string { return at.kind + "-" + strconv.FormatInt(at.id%2, 10) }

// said is an answer that says to caches what it has to.
func (m *mart) said(r *http.Request, say wording, kind string, ids []int64, body string) *martAnswer {
	a := &martAnswer{status: http.StatusOK, body: body, header: make(http.Header), tag: tagOf(body)}
	versions := int64(0)
	for _, id := range ids {
		versions += m.goods[ref{kind, id}].version + m.teams[teamOf(ref{kind, id})]
	}
	a.changed = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(versions) * time.Second)
	say.write(a.header, a.tag, a.changed)
	if say.cookie {
		a.header.Set("Set-Cookie", "made="+r.Header.Get("X-User-Id"))
	}
	if say.grouped {
		a.header.Set("Cache-Groups", fmt.Sprintf("%q, %q", kind+"-0", kind+"-1"))
	}
	return a
}

// record is a record as whoever asks is shown it.
func (m *mart) record(kind string, id int64, g *good, r *http.Request, say wording) string {
	s := stamp{ref: ref{kind, id}, version: g.version, team: -1, made: m.madeFor(kind, r, say)}
	if say.grouped {
		s.team = m.teams[teamOf(s.ref)]
	}
	text := s.text()
	const times = `"created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z"`
	const address = `{"street":"1 Main Street","city":"Oslo","zip":"0150"}`
	switch kind {
	case demo.User:
		s.kind = mailKind
		return fmt.Sprintf(`{"id":%d,"name":%q,"username":"u%[1]d","email":%[3]q,"phone":"1","role":"customer","status":"active",`+
			`"password_hash":"hidden","api_token":"hidden","address":%[4]s,%[5]s}`, id, text, s.text(), address, times)
	case demo.Order:
		lines := make([]string, len(g.items))
		for i, product := range g.items {
			lines[i] = fmt.Sprintf(`{"line_id":%d,"product_id":%d,"quantity":1,"unit_price":1.00,"discount":0.00}`, i+1, product)
		}
		return fmt.Sprintf(`{"id":%d,"user_id":%d,"status":"pending","currency":%q,"total":2.00,"items":[%s],"shipping_address":%s,`+
			`"notes":"","internal_margin":1.00,"warehouse_code":"hidden",%s}`, id, g.user, text, strings.Join(lines, ","), address, times)
	case demo.Product:
		return fmt.Sprintf(`{"id":%d,"name":%q,"sku":"s%[1]d","price":1.00,"currency":"USD","category":%[3]q,"description":"","stock":5,`+
			`"supplier_cost":0.50,"supplier_id":1,%[4]s}`, id, text, categoryOf(id), times)
	case demo.Payment:
		return fmt.Sprintf(`{"id":%d,"order_id":%d,"status":"captured","amount":2.00,"currency":%q,"method":"paypal","card_number":null,`+
			`"card_cvv":null,"processor_ref":"hidden","risk_score":0.5,%s}`, id, g.order, text, times)
	default:
		return fmt.Sprintf(`{"id":%d,"text":%q}`, id, text)
	}
}

// declared is on what the answers of each service depend, as its configuration has it.
var declared = map[string]string{
	demo.User: "principal", demo.Order: "tenant", demo.Product: "nothing", demo.Payment: "all", fileKind: "principal",
}

// madeFor is what an answer depends on: what is declared, and what it varies by.
func (m *mart) madeFor(kind string, r *http.Request, say wording) map[string]string {
	made := make(map[string]string)
	take := func(name, field string) { made[name] = r.Header.Get(field) }
	tenant := r.Header.Get("X-User-Tenant")
	all := declared[kind] == "all" || m.careless == kind
	if all || declared[kind] == "principal" || declared[kind] == "tenant" && tenant == "" {
		take(madeWho, "X-User-Id")
		take(madeMay, "X-User-Scopes")
	}
	if all || declared[kind] == "tenant" {
		take(madeOf, "X-User-Tenant")
	}
	if all || say.varies == "Accept-Language" || say.varies == "*" {
		take(madeReads, "Accept-Language")
	}
	if say.varies == "X-User-Id" || say.varies == "*" {
		take(madeWho, "X-User-Id")
	}
	return made
}
