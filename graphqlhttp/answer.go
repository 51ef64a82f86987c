package graphqlhttp

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"

	"github.com/99designs/gqlgen/graphql"

	"github.com/concierge-gateway/concierge/lent"
	"github.com/concierge-gateway/concierge/problem"
)

// Around the data of an answer that has nothing else to say.
const (
	before = `{"data":`
	after  = `}`
)

// Write writes an answer into an empty text that is no more than its data, which are appended. The data that it returns are a
// part of the text.
func Write(text *lent.Text, data func(to []byte) []byte) []byte {
	text.Bytes = append(data(append(text.Bytes, before...)), after...)
	return slices.Clip(text.Bytes[len(before) : len(text.Bytes)-len(after)])
}

// Encode is an answer as JSON. Its data is spliced in as it was made: going through encoding/json would read it again.
func Encode(response *graphql.Response) []byte {
	var buf bytes.Buffer
	buf.Grow(len(response.Data) + 64)
	sep := byte('{')
	member := func(name string, value []byte) {
		buf.WriteByte(sep)
		buf.WriteString(name)
		buf.Write(value)
		sep = ','
	}
	if len(response.Errors) > 0 {
		errs, _ := json.Marshal(response.Errors) //nolint:errchkjson // strings, numbers and maps of them always marshal
		member(`"errors":`, errs)
	}
	if response.Data != nil {
		member(`"data":`, response.Data)
	}
	if len(response.Extensions) > 0 {
		if extensions, err := json.Marshal(response.Extensions); err == nil {
			member(`"extensions":`, extensions)
		}
	}
	buf.WriteByte('}')
	return buf.Bytes()
}

// Status is 200 for whatever was executed. A request that was refused says so by status only in the media type that was made
// for it: application/json answers are 200, because an intermediary may have made any other (section 6.4.1 of the draft). Who
// asks too often is told by the status in any case, since that is what clients wait for.
func Status(form Form, response *graphql.Response) int {
	if response.Data != nil || len(response.Errors) == 0 {
		return http.StatusOK
	}
	kind := problem.KindOfGraphQL(response.Errors[0])
	if form == PlainJSON && !toldByStatus(kind) {
		return http.StatusOK
	}
	return kind.Status()
}

// toldByStatus reports whether a refusal has its status in either media type. A request that contradicts itself is no well-formed
// one, also where that is only found out when its document is looked for.
func toldByStatus(kind problem.Kind) bool {
	return kind == problem.RateLimited || kind == problem.CapacityReduced || kind == problem.PersistedMismatch
}
