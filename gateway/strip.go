package gateway

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/passthrough/reshape"
	"github.com/concierge-gateway/concierge/redact"
)

// stripper takes out of what services answered what nobody may see, before it is kept anywhere.
type stripper struct {
	plan    *reshape.Plan
	strips  map[string]bool // services whose contract says what nobody may see of their records
	markers [][]byte        // the names of such members, and of those of which only the end is shown, as JSON has them
	named   string          // of all of that
}

func newStripper(c config.Config, shown *redact.Policy) (*stripper, error) {
	plan, err := reshape.Compile(reshape.Spec{Shape: shown.Kept()})
	if err != nil {
		return nil, fmt.Errorf("read what nobody may see: %w", err)
	}
	s := &stripper{plan: plan, strips: make(map[string]bool)}
	for name := range c.Upstreams.Ways() {
		s.strips[name] = c.Upstreams.HasContractFile(name)
	}
	for name := range c.Upstreams.All() {
		s.strips[name] = true
	}
	for _, name := range slices.Concat(shown.Never(), slices.Collect(maps.Keys(shown.Lasts()))) {
		s.markers = append(s.markers, []byte(`"`+name+`"`))
	}
	sum := sha256.Sum256(fmt.Append(nil, shown.Never(), shown.Lasts(), s.strips))
	s.named = hex.EncodeToString(sum[:8])
	return s, nil
}

// generation is a name of all that is taken out.
func (s *stripper) generation() string { return s.named }

// strip is a body without what nobody may see. What cannot be read may hold anything, and is not to be kept. A service of which
// no contract says anything is kept as it is, unless it may speak of such a member all the same: its answers are its own, and are
// not given otherwise the second time.
func (s *stripper) strip(service string, body []byte) (stripped []byte, ok bool) {
	switch {
	case len(body) == 0:
		return body, true
	case s.strips[service]:
		text, err := s.plan.Append(nil, body, reshape.With{})
		return text, err == nil
	default:
		return body, !s.speaks(body)
	}
}

// speaks reports whether a text may have a member that not all of may be seen. Names in other characters are as good as any.
func (s *stripper) speaks(text []byte) bool {
	text = bytes.TrimLeft(bytes.TrimPrefix(text, []byte("\ufeff")), " \t\r\n")
	if len(text) > 0 && (text[0] == '{' || text[0] == '[') && bytes.Contains(text, []byte(`\u`)) {
		return true
	}
	return slices.ContainsFunc(s.markers, func(each []byte) bool { return bytes.Contains(text, each) })
}
