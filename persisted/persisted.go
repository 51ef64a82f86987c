// Package persisted answers which document a request means that names one instead of sending it, and whether a request may send
// one at all.
//
// Documents are known in two ways. Those that clients register by themselves are only a saving of bytes (automatic persisted
// queries): anybody may, so nothing is gained by it but room, which is bounded. Those that the operator trusts come from the
// builds of clients (package manifest), and where there is a safelist no others are run.
//
// By which members a request names a document is graphqlhttp's question.
package persisted

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/persisted/manifest"
	"github.com/concierge-gateway/concierge/problem"
)

// Ask is what a request says of its document.
type Ask struct {
	// ID is by what it names the document, empty where it does not.
	ID string
	// Text is the document, empty where it is not sent.
	Text string
	// Free is whether the caller may send what documents it likes, whatever the safelist is.
	Free bool
}

// Found is the document that a request means.
type Found struct {
	// Text is the document.
	Text string
	// Way is how it was found.
	Way Way
	// Hash is the text's SHA-256 where it is to be kept under that once it has turned out to be valid.
	Hash string
}

// Desk finds documents. It is safe for concurrent use.
type Desk struct {
	safelist  Safelist
	library   *Library
	automatic *Automatic // nil where clients register none
	metrics   *metrics
}

// Parts are what a Desk is made of.
type Parts struct {
	// Safelist says what may be asked besides trusted documents.
	Safelist Safelist
	// Library has the trusted documents.
	Library *Library
	// Automatic has those that clients registered, nil where they may not. A safelist that keeps anything away goes without.
	Automatic *Automatic
}

// NewDesk finds documents. Which ones a library has may change while it runs.
func NewDesk(parts Parts, registry prometheus.Registerer) *Desk {
	return &Desk{
		safelist: parts.Safelist, library: parts.Library, automatic: parts.Automatic, metrics: newMetrics(registry),
	}
}

// Run looks after the files, until ctx ends.
func (d *Desk) Run(ctx context.Context) { d.library.Run(ctx) }

// Find finds the document that a request means. The error is a *problem.Error: PersistedNotFound, PersistedNotSupported,
// PersistedMismatch, PersistedNotListed, PersistedIDRequired or NotInSafelist.
func (d *Desk) Find(ctx context.Context, ask Ask) (Found, error) {
	found, err := d.find(ctx, ask)
	switch {
	case err != nil:
		d.metrics.count(wayOf(err))
	case found.Hash == "": // what is to be kept counts when it is
		d.metrics.count(found.Way)
	}
	return found, err
}

func (d *Desk) find(ctx context.Context, ask Ask) (Found, error) {
	set := d.library.Get()
	if ask.ID == "" {
		return d.byText(set, ask)
	}
	if trusted, ok := set.ByID(ask.ID); ok {
		if ask.Text != "" && ask.Text != trusted.Text {
			return Found{}, problem.New(problem.PersistedMismatch, "")
		}
		return Found{Text: trusted.Text, Way: Trusted}, nil
	}
	hash, isHash := hashIn(ask.ID)
	switch {
	case d.safelist.Closed() && !ask.Free:
		if ask.Text != "" {
			return d.byText(set, ask)
		}
		return Found{}, problem.New(problem.PersistedNotListed, "")
	case ask.Text != "":
		return d.register(set, ask, hash, isHash)
	case !isHash:
		return Found{}, problem.New(problem.PersistedNotListed, "") // sending the text would not make it known
	}
	return d.registered(ctx, set, hash)
}

// register takes a document that comes with its hash. Where none are kept, it is one like any other.
func (d *Desk) register(set *Set, ask Ask, hash string, isHash bool) (Found, error) {
	if !isHash || manifest.Hash(ask.Text) != hash {
		return Found{}, problem.New(problem.PersistedMismatch, "")
	}
	found, err := d.byText(set, ask)
	if err == nil && found.Way != Trusted && d.automatic != nil {
		found.Hash = hash
	}
	return found, err
}

// registered finds a document that a client registered. Where none are kept, a client that is told so sends no hashes any more,
// which must not happen to one whose trusted documents are on their way here.
func (d *Desk) registered(ctx context.Context, set *Set, hash string) (Found, error) {
	if d.automatic == nil && set.Len() == 0 {
		return Found{}, problem.New(problem.PersistedNotSupported, "")
	}
	if text, ok := d.automatic.find(ctx, hash); ok {
		return Found{Text: text, Way: Hit}, nil
	}
	return Found{}, problem.New(problem.PersistedNotFound, "")
}

// byText decides of a document that was sent. An empty one is nobody's: that there is none others say.
func (d *Desk) byText(set *Set, ask Ask) (Found, error) {
	found := Found{Text: ask.Text, Way: Text}
	if d.safelist == Off || ask.Free || ask.Text == "" {
		return found, nil
	}
	trusted := set.HasText(ask.Text)
	switch {
	case d.safelist == IDs:
		return Found{}, problem.New(problem.PersistedIDRequired, "")
	case trusted:
		found.Way = Trusted
	case d.safelist == Audit:
		found.Way = Untrusted
	default:
		return Found{}, problem.New(problem.NotInSafelist, "")
	}
	return found, nil
}

// Keep keeps a document that is to be kept, since it is valid.
func (d *Desk) Keep(found Found) {
	if found.Hash != "" {
		d.automatic.register(found.Hash, found.Text)
		d.metrics.count(Registered)
	}
}
