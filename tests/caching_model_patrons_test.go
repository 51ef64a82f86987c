package tests

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/concierge-gateway/concierge/demo"
)

// patron is somebody who reads and writes.
type patron struct {
	id, scopes, tenant string
	field, credential  string // by what the gateway knows
}

// patronsBy are alike in some respects and not in others. The first of them has a key as well.
func patronsBy(secret, key string) []*patron {
	all := []*patron{{id: "1", field: "X-API-Key", credential: key}, {}}
	for _, each := range []patron{
		{id: "1", tenant: "acme"},
		{id: "1", tenant: "globex"},
		{id: "1"},
		{id: "2", tenant: "acme"},
		{id: "3", tenant: "globex"},
		{id: "4"},
		{id: "5", tenant: "acme", scopes: "users:read users:pii orders:read payments:read"},
		{id: "5", tenant: "acme", scopes: "users:read orders:read"},
		{id: "6", tenant: "globex", scopes: "users:read orders:read orders:write payments:read payments:refund stock:write"},
	} {
		payload := map[string]any{"sub": each.id, "scope": each.scopes, "exp": time.Now().Add(time.Hour).Unix()}
		if each.tenant != "" {
			payload["tenant"] = each.tenant
		}
		each.field, each.credential = "Authorization", "Bearer "+hs256(secret, map[string]string{"alg": "HS256", "typ": "JWT"}, payload)
		all = append(all, &each)
	}
	return all
}

func (a *patron) isNobody() bool { return a.id == "" }

func (a *patron) may(scope string) bool { return slices.Contains(strings.Fields(a.scopes), scope) }

// made is what a stamp can say of who asked.
func (a *patron) made(reads string) map[string]string {
	return map[string]string{madeWho: a.id, madeMay: a.scopes, madeOf: a.tenant, madeReads: reads}
}

// sees reports whether the policy shows a record to somebody.
func (m *mart) sees(a *patron, at ref) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	own := func(user int64) bool { return strconv.FormatInt(user, 10) == a.id }
	switch at.kind {
	case demo.Product:
		return true
	case mailKind:
		return own(at.id) || a.may("users:pii")
	case demo.Order:
		return own(m.goods[at].user) || a.may("orders:read")
	case demo.Payment:
		return own(m.goods[ref{demo.Order, m.goods[at].order}].user) || a.may("payments:read")
	default:
		return !a.isNobody()
	}
}

// identify makes a request somebody's.
func (a *patron) identify(req *http.Request) {
	if !a.isNobody() {
		req.Header.Set(a.field, a.credential)
	}
}
