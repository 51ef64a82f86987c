// Package describe answers how the REST door is described in OpenAPI.
//
// The document (OpenAPI 3.1) is made once, at start. What an answer holds is what the service's contract promises, as far as the
// route shows it, by the names that clients know it by; a body is what the contract takes, as far as the route lets it through.
// Of members that the contract does not know, and of services without one, it says nothing but that they are there. Operations
// that are endpoints say themselves what they take and answer.
//
// OpenAPI has one place for a method and a path. Endpoints that share it, and are told apart by a host, a header or a query,
// stand there together: what any of them takes is taken, and an answer is one of theirs.
package describe

import (
	"fmt"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/concierge-gateway/concierge/contract/openapi"
	"github.com/concierge-gateway/concierge/passthrough/composed"
	"github.com/concierge-gateway/concierge/passthrough/reshape"
	"github.com/concierge-gateway/concierge/passthrough/routing"
)

// Endpoint is something that clients can call. It has a Route or an Operation.
type Endpoint struct {
	// Rule is which requests it answers, and how they name its version.
	Rule routing.Rule
	// Summary is a sentence about it. Empty is the contract's, or the operation's.
	Summary string
	// SignedIn is true where it answers nobody without a token.
	SignedIn bool
	// Scopes are what a caller must have been granted, all of them.
	Scopes []string
	// Forbids is true where it refuses some callers who have these.
	Forbids bool
	// Limited is true where callers can ask it too often.
	Limited bool
	// Conceals is true where it answers about somebody else's record as if there were none.
	Conceals bool
	// Deprecated and Sunset are the days from which on it should not be used, and is not answered. Zero is never.
	Deprecated, Sunset time.Time
	// Example are values of parameters, of the path above all, with which there is an answer.
	Example map[string]string
	// Route is how it leads to a service.
	Route *Route
	// Operation is the GraphQL operation that it is.
	Operation *composed.Operation
}

// Route is how an endpoint leads to a service.
type Route struct {
	// Service is the name by which the contract is found.
	Service string
	// To is the path there, with the parameters of the rule. Empty is that of the rule.
	To string
	// Raw lets bodies pass as they are, so that nothing is known of them.
	Raw bool
	// Headers and Query are changes of requests on their way.
	Headers, Query Fields

	// Shows is what happens to answers, nil where nothing is known of them.
	Shows *reshape.Spec
	// Returns names the type of the records that Shows makes. Empty is none.
	Returns string
	// Parts name the types of records by where they are, as Shows.Records has it.
	Parts map[string]string
	// Expose are the members that are shown though the type has none of them. One that begins with / counts from the top.
	Expose []string
	// Added are the values of Shows.Adds, nil where they are not the same for each request.
	Added []jsontext.Value

	// Takes is what happens to bodies of requests, nil where there are none. Its moves are from the client's names to the service's.
	Takes *reshape.Spec
	// Accepts are the members that are taken, by the service's names. Empty, they are those of the contract.
	Accepts []string
}

// Fields are changes of header fields or query parameters, made in this order.
type Fields struct {
	// Drop are left out.
	Drop []string
	// Rename are given another name: the client's to the left.
	Rename map[string]string
	// Default are set where they are not there.
	Default map[string]string
	// Set are set in any case.
	Set map[string]string
}

// Document is the description of all endpoints, as JSON. The same endpoints, in any order, give the same bytes. Methods that
// OpenAPI 3.1 has no word for are left out. It is an error where an endpoint shows or takes what a contract marks as
// x-visibility: never.
func Document(
	title, version string, endpoints []Endpoint, contract func(service string) (*openapi.Document, bool),
) ([]byte, error) {
	b := newBook(contract)
	for _, each := range inOrder(endpoints) {
		if err := b.add(each); err != nil {
			return nil, fmt.Errorf("describe %s: %w", each.Rule, err)
		}
	}
	text, err := write(b.document(title, version))
	if err != nil {
		return nil, fmt.Errorf("write the description: %w", err)
	}
	return text, nil
}
