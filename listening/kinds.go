package listening

import "sync"

// kinds bound how many values a label has that somebody else chooses.
type kinds struct {
	most int

	mu   sync.Mutex
	seen map[string]bool
}

func newKinds(most int) *kinds { return &kinds{most: most, seen: make(map[string]bool)} }

// known is the kind itself, or other where there are too many.
func (k *kinds) known(kind string) string {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.seen[kind] {
		if len(k.seen) >= k.most {
			return "other"
		}
		k.seen[kind] = true
	}
	return kind
}
