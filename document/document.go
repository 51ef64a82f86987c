// Package document decides whether the text of a GraphQL operation may be looked at, and remembers what was parsed.
//
// It comes before validation because validation compares every field with every other of the same name: 4,000 times
// __typename, 44 KB, keep it busy for 6 seconds, and 2,400 spreads of unknown fragments, 20 KB, for 2.5.
package document
