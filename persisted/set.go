package persisted

import (
	"fmt"

	"github.com/concierge-gateway/concierge/persisted/manifest"
)

// Set is all trusted documents there are at a time. It does not change. A nil *Set is empty.
type Set struct {
	documents []manifest.Document
	ids       map[string]*manifest.Document
	hashes    map[string]*manifest.Document
	texts     map[string]*manifest.Document
}

// NewSet has documents. Two of one id must be the same, whosever they are: the error is a *manifest.Mistake.
func NewSet(documents []manifest.Document) (*Set, error) {
	s := &Set{
		documents: documents,
		ids:       make(map[string]*manifest.Document, len(documents)),
		hashes:    make(map[string]*manifest.Document, len(documents)),
		texts:     make(map[string]*manifest.Document, len(documents)),
	}
	for i := range documents {
		d := &documents[i]
		if other, ok := s.ids[d.ID]; ok && other.Text != d.Text {
			return nil, &manifest.Mistake{
				File: d.File, Line: d.Line, Message: fmt.Sprintf("another document has the same id, at %s:%d", other.File, other.Line),
			}
		}
		s.ids[d.ID] = d
		if _, known := s.texts[d.Text]; !known {
			s.texts[d.Text], s.hashes[manifest.Hash(d.Text)] = d, d
		}
	}
	return s, nil
}

// ByID is the document of an id: that of its manifest, or its hash. An id of a manifest goes before a hash, and none can be one
// that says that it is.
func (s *Set) ByID(id string) (document *manifest.Document, ok bool) {
	if s == nil {
		return nil, false
	}
	if d, ok := s.ids[id]; ok {
		return d, true
	}
	if hash, isHash := hashIn(id); isHash {
		document, ok = s.hashes[hash]
	}
	return document, ok
}

// HasText reports whether a document is trusted.
func (s *Set) HasText(text string) bool {
	if s == nil {
		return false
	}
	_, ok := s.texts[text]
	return ok
}

// Texts are the documents, each once, in their order.
func (s *Set) Texts() []*manifest.Document {
	if s == nil {
		return nil
	}
	all := make([]*manifest.Document, 0, len(s.texts))
	for i := range s.documents {
		if d := &s.documents[i]; s.texts[d.Text] == d {
			all = append(all, d)
		}
	}
	return all
}

// Documents are all of them, in their order: one text may stand in several manifests.
func (s *Set) Documents() []manifest.Document {
	if s == nil {
		return nil
	}
	return s.documents
}

// Len is how many documents there are.
func (s *Set) Len() int {
	if s == nil {
		return 0
	}
	return len(s.texts)
}
