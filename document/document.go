// Package document decides whether the text of a GraphQL operation may be looked at, and remembers what was parsed.
package document
