package demand_test

import "testing"

func TestARecordCostsWhatIsShownOfItAndNotWhatItLeadsTo(t *testing.T) {
	costs := costsOf(t, schemaOf(t, `
		type Query { user: User }
		type User @cost(weight: "3") { id: ID! name: String @cost(weight: "2") lists: [Part] friend: User }
		type Part { a: Int }
	`))
	for name, want := range map[string]int64{"User": 5, "Part": 1, "Nothing": 0} {
		if got := costs.Record(name); got != want {
			t.Errorf("a record of %s costs %d, want %d", name, got, want)
		}
	}
}
