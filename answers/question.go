package answers

import (
	"context"
	"crypto/sha256"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/concierge-gateway/concierge/lent"
	"github.com/concierge-gateway/concierge/priority"
	"github.com/concierge-gateway/concierge/sharing"
	"github.com/concierge-gateway/concierge/upstreams/transport/fallback"
)

// Question is a request for the answer to an operation: one that was found valid, and that may run.
type Question struct {
	// Asker is the request.
	Asker
	// Policy is the operation's.
	Policy *Policy
	// Name is the operation's name.
	Name string
	// Variables are the operation's, with their defaults.
	Variables map[string]any
	// Until is when the time of the request is over.
	Until time.Time
}

// Asker is a request whose operation is asked about.
type Asker interface {
	// Caller is who asks, with all that the answer could depend on. It is asked for only where it does.
	Caller() sharing.Caller
	// Run executes the operation for this request. It ends soon after its context does.
	Run(ctx context.Context) Executed
	// Again is Run for nobody's request: it may be called after this one has ended.
	Again(ctx context.Context) Executed
}

// Executed is what came of an execution. Nobody may change it: others can have it too.
type Executed struct {
	// Response is the executor's, nil where the time was over before it began.
	Response *graphql.Response
	// Text is the answer as it is sent where its data are all of it. The data lie in it. Nil is none.
	Text *lent.Text
	// Notes say which parts did not come from their services.
	Notes []fallback.Note
	// Cost is what the answer cost.
	Cost int64
	// Denied reports whether anything was denied, which is to be told of each request.
	Denied bool
}

// whole reports whether the answer has all its parts, from where they should come.
func (e *Executed) whole() bool {
	return e.Response != nil && e.Response.Data != nil && len(e.Response.Errors) == 0 && len(e.Response.Extensions) == 0 &&
		len(e.Notes) == 0 && !e.Denied
}

// digest is what a document is known by in keys, together with all else that answers depend on and that is not in a request.
func (r *Rules) digest(document string) string {
	h := sha256.New()
	_, _ = h.Write(r.generation[:])
	_, _ = h.Write([]byte(document))
	return string(h.Sum(nil))
}

// key is by what the answer is found. It is not ok where none may be found that somebody else asked for.
func (q *Question) key() (key sharing.Key, ok bool) {
	if !q.Policy.Shared {
		return key, false
	}
	var room [512]byte
	variables, ok := appendMembers(room[:0], q.Variables)
	if !ok {
		return key, false
	}
	if q.Policy.Everybody {
		return sharing.ForOperation(sharing.Nothing, sharing.Caller{}, q.Policy.document, q.Name, string(variables)), true
	}
	return sharing.ForOperation(sharing.All, q.Caller(), q.Policy.document, q.Name, string(variables)), true
}

// flight is by what an execution under way is found. Services turn away what matters less, so only equals in that share one.
func flightOf(ctx context.Context, key sharing.Key) sharing.Key {
	return key.For(int64(priority.From(ctx)-priority.Batch) + 1)
}
