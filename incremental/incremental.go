// Package incremental answers what an answer looks like that comes in parts (@defer): what stands in each part, how that is spelt
// in the format that a client reads, and what documents may say of it. It runs nothing and knows no HTTP.
package incremental

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// Format is how the parts after the first one say where they belong.
type Format int

const (
	// Current is the format of the incremental delivery specification, which names what is to come (pending) and refers to it by
	// ids: graphql-js 17, Apollo Client's GraphQL17Alpha9Handler (incrementalSpec=v0.2). Each value is sent once.
	Current Format = iota
	// Of2022 is the format of 24 August 2022 (deferSpec=20220824), in which each part has its path and label: Apollo Client 3 and
	// Apollo Router. Each part has all of its fragment, also what was sent before.
	Of2022
)

// Payload is one part of an answer.
type Payload struct {
	// First is whether it is the first one, whose Data is what was not deferred.
	First bool
	Data  []byte
	// Errors are those of Data, or, where no part of the answer is to blame, of the answer.
	Errors gqlerror.List
	// Pending are the fragments that will come later, in the Current format.
	Pending []Pending
	// Incremental is what came. It is empty in the first payload.
	Incremental []Increment
	// Completed are the fragments of which all has come, in the Current format.
	Completed []Completed
	// Extensions are shown where there are any.
	Extensions map[string]any
	// More reports whether other payloads follow.
	More bool
}

// Pending is a fragment at one place of the answer that comes later.
type Pending struct {
	ID    string
	Path  ast.Path
	Label string // empty for none
}

// Increment is an object of a fragment, or more members of an object that was sent.
type Increment struct {
	// ID is that of the fragment in the Current format, and Below where the object stands within it.
	ID    string
	Below ast.Path
	// Path is where the object stands in the answer, and Label the fragment's.
	Path  ast.Path
	Label string
	// Data is the object, null where there is none.
	Data   []byte
	Errors gqlerror.List
}

// Completed is a fragment at one place of which all has come, or nothing will where there are errors.
type Completed struct {
	ID     string
	Errors gqlerror.List
}
