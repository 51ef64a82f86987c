package tests

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/demo"
)

// changes reports whether the operation is one that changes something.
func (c trial) changes() bool { return strings.HasPrefix(c.query, "mutation") }

// alike is how many trials in a row have the same document, which is compiled once.
const alike = 3

// newTrial is the trial of a seed and a number, always the same.
func newTrial(schema *ast.Schema, known known, seed, number int) trial {
	c := trial{why: fmt.Sprintf("Trial %d of seed %d.", number, seed)}
	writing := &author{Rand: chanceOf(seed, number/alike, 1), schema: schema, known: known}
	c.site = one(writing.Rand, []string{"usual", "usual", "other"})
	writing.write(&c)
	by := chanceOf(seed, number, 2)
	writing.Rand = by
	if number%alike > 0 {
		writing.vary()
	}
	c.amiss = writing.spoil()
	c.variables = writing.given()
	c.accept = one(by, []string{"", "application/json", "application/graphql-response+json"})
	c.as, c.scopes = someone(by)
	c.slow = by.IntN(20) == 0
	c.mishaps = someMishaps(by, writing.services())
	return c
}

func chanceOf(seed, number, purpose int) *rand.Rand {
	return rand.New(rand.NewPCG(uint64(seed), uint64(number)<<2|uint64(purpose)))
}

// services are those whose records the operation selects, or all.
func (a *author) services() []string {
	var some []string
	for _, service := range demo.Names() {
		for name := range a.names {
			if strings.HasPrefix(name, typesOf()[service]+".") {
				some = append(some, service)
				break
			}
		}
	}
	if len(some) == 0 {
		return demo.Names()
	}
	return some
}

// someone is a caller: one of the demo's, a machine, nobody, or somebody with any scopes.
func someone(by *rand.Rand) (subject, scopes string) {
	scopesOf := make(map[string]string)
	var all []string
	for _, each := range principals() {
		scopesOf[each.ID] = strings.Join(each.Scopes, " ")
		all = append(all, each.Scopes...)
	}
	if by.IntN(2) == 0 {
		return "1", scopesOf["1"]
	}
	subject = one(by, []string{"2", "2", "2", "7", "7", "7", "7", "8", "nobody", "packing-line", "any", "any", "any"})
	if subject != "any" {
		return subject, scopesOf[subject]
	}
	var some []string
	for range by.IntN(4) {
		some = append(some, one(by, all))
	}
	return one(by, []string{"1", "7", "8", "9", "997", "export", "0", "007", "999999", "7.0"}), strings.Join(some, " ")
}
