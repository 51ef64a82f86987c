package tests

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/demo"
)

// asker is somebody who asks, and what of records that somebody may see.
type asker struct {
	name    string
	user    int64 // whose records are the asker's own, 0 for none
	scopes  []string
	nobody  bool // without a name
	refused bool // the credential is no good
	header  [2]string
}

// audience is who sees a member.
type audience struct {
	everybody, named bool
	owner            bool
	scopes           []string // or those who have all of these
}

// audiences is the table of docs/policy.md, and docs/rest.md for the notes of the support desk. It says again, member by member and
// without looking there, what the schema has to say: what is not in it is for nobody.
func audiences() map[string]audience {
	table := make(map[string]audience)
	for members, by := range map[string]audience{
		"product: name sku price category description stock created_at updated_at": {everybody: true},
		"user: name username": {named: true},
		"user: email phone address/street address/city address/zip":                 {owner: true, scopes: []string{"users:pii"}},
		"user: role status created_at updated_at":                                   {owner: true, scopes: []string{"users:read"}},
		"order: total created_at updated_at items/quantity items/unit_price":        {owner: true, scopes: []string{"orders:read"}},
		"order: shipping_address/street shipping_address/city shipping_address/zip": {owner: true, scopes: []string{"orders:read", "users:pii"}},
		"order: notes": {scopes: []string{"orders:read"}},
		"payment: amount created_at updated_at " + cardEnd: {owner: true, scopes: []string{"payments:read"}},
	} {
		service, names, _ := strings.Cut(members, ": ")
		for name := range strings.FieldsSeq(names) {
			table[service+" "+name] = by
		}
	}
	return table
}

// may reports whether an asker may see a fact, whose record is somebody's.
func (r asker) may(of fact, owner int64) bool {
	by, ok := audiences()[of.Service+" "+of.Member]
	switch {
	case !ok || r.refused:
		return false
	case by.everybody || by.named && !r.nobody:
		return true
	case by.owner && r.user != 0 && r.user == owner:
		return true
	}
	return len(by.scopes) > 0 && !slices.ContainsFunc(by.scopes, func(scope string) bool { return !slices.Contains(r.scopes, scope) })
}

// machineKey is an API key that is good for nothing but these tests, by its id.
func machineKey(id string) string {
	return "cgk_" + id + "_" + base64.RawURLEncoding.EncodeToString([]byte("thirty-two bytes for " + id + strings.Repeat("-", 32))[:32])
}

func hashOf(key string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(key))) }

// askers are those who ask. The last of them can change what others have.
func (p *program) askers(t *testing.T) []asker {
	t.Helper()
	token := func(c auth.Config, subject int64, scopes []string, lifetime time.Duration) [2]string {
		signed, err := auth.Sign(c, strconv.FormatInt(subject, 10), scopes, lifetime, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		return [2]string{"Authorization", "Bearer " + signed}
	}
	own := p.config.Auth
	elsewhere := own
	elsewhere.Issuers = slices.Clone(own.Issuers)
	elsewhere.Issuers[0].Audience = []string{"somewhere else"}
	scopes := make(map[string][]string)
	for _, each := range demo.Principals() {
		scopes[each.Name] = each.Scopes
	}
	everything, orders := scopes["admin"], []string{"orders:read", "payments:read"}
	return []asker{
		{name: "anonymous", nobody: true},
		{name: "an expired token", refused: true, header: token(own, 1, everything, -time.Hour)},
		{name: "a token for somewhere else", refused: true, header: token(elsewhere, 1, everything, time.Hour)},
		{name: "a machine that reads users", scopes: []string{"users:read"}, header: [2]string{"X-API-Key", machineKey("export")}},
		{name: "a machine that reads orders", scopes: orders, header: [2]string{"X-API-Key", machineKey("desk")}},
		{name: "owner", user: 7, header: token(own, 7, nil, time.Hour)},
		{name: "a key of the owner", user: 7, header: [2]string{"X-API-Key", machineKey("own")}},
		{name: "another customer", user: 8, header: token(own, 8, nil, time.Hour)},
		{name: "support", user: 2, scopes: scopes["support"], header: token(own, 2, scopes["support"], time.Hour)},
		{name: "admin", user: 1, scopes: everything, header: token(own, 1, everything, time.Hour)},
	}
}

// asker is one of them by name.
func (p *program) asker(t *testing.T, name string) asker {
	t.Helper()
	for _, each := range p.askers(t) {
		if each.name == name {
			return each
		}
	}
	t.Fatalf("nobody asks who is called %s", name)
	return asker{}
}

// prove puts the asker's credential into a request.
func (r asker) prove(header http.Header) {
	if r.header[0] != "" {
		header[http.CanonicalHeaderKey(r.header[0])] = []string{r.header[1]}
	}
}
