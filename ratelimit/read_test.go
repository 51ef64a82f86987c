package ratelimit_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/ratelimit"
)

const directive = `
	directive @rateLimit(limit: Int!, per: String!, by: RateLimitBy! = PRINCIPAL, cost: Int! = 1, burst: Int) repeatable on FIELD_DEFINITION
	enum RateLimitBy { GLOBAL IP PRINCIPAL API_KEY CLIENT PLAN }
`

func schema(t *testing.T, text string) *ast.Schema {
	t.Helper()
	read, err := gqlparser.LoadSchema(&ast.Source{Name: "schema", Input: directive + text})
	if err != nil {
		t.Fatal(err)
	}
	return read
}

// anyField lets every field be limited.
func anyField(*ast.Definition, *ast.FieldDefinition) string { return "" }

func TestTheSchemaStatesLimitsOfFields(t *testing.T) {
	fields, err := ratelimit.ReadFields(schema(t, `
		type Query {
			one: Int @rateLimit(limit: 3, per: "1m")
			two: Int @rateLimit(limit: 2, per: "10s", by: IP) @rateLimit(limit: 100, per: "day", by: CLIENT)
			free: Int
			set: Int @rateLimit(limit: 1, per: "1m")
			lifted: Int @rateLimit(limit: 1, per: "1m")
		}
	`), map[string][]ratelimit.Limit{"Query.set": {per(9, time.Minute)}, "Query.lifted": {}}, anyField)
	if err != nil {
		t.Fatal(err)
	}
	for name, limited := range map[string]bool{"one": true, "two": true, "free": false, "set": true, "lifted": false} {
		if got := fields.Of("Query", name) != nil; got != limited {
			t.Errorf("whether %s is limited: %t", name, got)
		}
	}
	wants := []ratelimit.Want{
		{Field: fields.Of("Query", "one"), Units: 20}, {Field: fields.Of("Query", "two"), Units: 20}, {Field: fields.Of("Query", "set"), Units: 20},
	}
	openFields(t, fields).Open(ratelimit.Who{Principal: "7", Addr: addr, Client: "app"}).Take(t.Context(), wants)
	if diff := cmp.Diff([]int64{3, 2, 9}, []int64{wants[0].Granted, wants[1].Granted, wants[2].Granted}); diff != "" {
		t.Error(diff)
	}
}

func TestAllThatIsWrongWithLimitsOfFieldsIsSaid(t *testing.T) {
	_, err := ratelimit.ReadFields(schema(t, `
		type Query {
			never: Int! @rateLimit(limit: 3, per: "1m")
			zero: Int @rateLimit(limit: 0, per: "1m")
			always: Int @rateLimit(limit: 1, per: "often")
			part: Int @rateLimit(limit: 1, per: "1m")
			costly: Int @rateLimit(limit: 1, per: "1m", cost: 2)
		}
	`), map[string][]ratelimit.Limit{"Query.missing": {per(9, time.Minute)}}, func(_ *ast.Definition, field *ast.FieldDefinition) string {
		if field.Name == "part" {
			return "it is a part"
		}
		return ""
	})
	want := []string{
		`Query.always has a wrong @rateLimit: "often" is no duration such as 1m or 24h, and neither day nor month`,
		"per must lie between 1s and 8784h, or be day or month",
		"Query.costly has a wrong @rateLimit: cost must not be more than the limit, which would let nothing pass",
		"Query.missing is no field of the schema",
		"Query.never cannot be limited: it is never null, so that the objects around it would be, too",
		"Query.part cannot be limited: it is a part",
		"Query.zero has a wrong @rateLimit: limit must lie between 1 and 1000000000",
	}
	if err == nil {
		t.Fatal("nothing is wrong")
	}
	if diff := cmp.Diff(want, strings.Split(err.Error(), "\n")); diff != "" {
		t.Error(diff)
	}
}
