package page

import "github.com/99designs/gqlgen/graphql"

// Most is how many records a page can show whose argument first has this value, nil where it is left out. Range refuses what is
// out of range: what is too large counts as the largest page, and what is negative shows nothing.
func (l Limits) Most(first any) int {
	if first == nil {
		return l.Default
	}
	n, err := graphql.UnmarshalInt32(first)
	if err != nil {
		return l.Max
	}
	return min(max(int(n), 0), l.Max)
}
