package graphqlhttp

import (
	"mime"
	"strconv"
	"strings"
)

// Form is the media type of an answer.
type Form string

// The forms of answers that come as a whole.
const (
	GraphQLJSON Form = "application/graphql-response+json"
	PlainJSON   Form = "application/json"
)

// ContentType is how the answer says its form.
func (f Form) ContentType() string {
	const inUTF8 = "; charset=utf-8"
	if f == GraphQLJSON {
		return string(GraphQLJSON + inUTF8)
	}
	return string(PlainJSON + inUTF8)
}

// Negotiate chooses the form of the answer by Accept (RFC 9110, section 12.5.1). Where the client likes both as much, or says
// nothing, it gets application/json, as the GraphQL over HTTP draft asks of servers for older clients.
func Negotiate(accept []string) (form Form, ok bool) {
	ranges := strings.Join(accept, ",")
	if strings.TrimSpace(ranges) == "" {
		return PlainJSON, true
	}
	plain, own := quality(ranges, PlainJSON), quality(ranges, GraphQLJSON)
	switch {
	case own > plain:
		return GraphQLJSON, true
	case plain > 0 && own == plain && strings.Contains(ranges, string(GraphQLJSON)):
		return GraphQLJSON, true // named beside application/json: the client knows it
	case plain > 0:
		return PlainJSON, true
	default:
		return "", false
	}
}

// quality is how much a client wants a type: the q of the most specific range that names it, 0 if none does.
func quality(ranges string, want Form) float64 {
	best, specific := 0.0, -1
	for part := range strings.SplitSeq(ranges, ",") {
		name, params, ok := mediaRange(part)
		if !ok {
			continue
		}
		precision := precisionOf(name, string(want))
		if precision < 0 || precision < specific {
			continue
		}
		q := 1.0
		if text, ok := params["q"]; ok {
			var err error
			if q, err = strconv.ParseFloat(text, 64); err != nil || q < 0 || q > 1 {
				continue
			}
		}
		if precision > specific {
			best, specific = q, precision
		} else {
			best = max(best, q)
		}
	}
	return best
}

// mediaRange reads a range. One without parameters, as most are, is its own name: what is no range at all has none that anybody
// looks for.
func mediaRange(text string) (name string, params map[string]string, ok bool) {
	if !strings.Contains(text, ";") {
		return strings.ToLower(strings.TrimSpace(text)), nil, true
	}
	name, params, err := mime.ParseMediaType(text)
	return name, params, err == nil
}

func precisionOf(name, want string) int {
	switch name {
	case want:
		return 2
	case "application/*":
		return 1
	case "*/*":
		return 0
	default:
		return -1
	}
}
