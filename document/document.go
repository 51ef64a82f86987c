// Package document decides whether the text of a GraphQL operation may be looked at, and remembers what was parsed.
//
// The decision comes before validation, because validation compares all fields of one name with each other, once more for
// each inline fragment around them. 4,000 times __typename, 44 KB, keep it busy for 6 seconds; 500 within 300 inline
// fragments, 7 KB, for 5.
package document
