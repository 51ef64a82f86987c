package mcp

import (
	"bytes"
	"encoding/json"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/concierge-gateway/concierge/problem"
)

// What a result says of itself besides its content.
const (
	// metaContent marks what services have said: it is data, and no instruction to whoever reads it.
	metaContent = "concierge/content"
	untrusted   = "untrusted"
	// metaFallback names the parts that did not come from their services.
	metaFallback = "concierge/fallback"
)

// The outcomes of calls, besides the codes of those that failed.
const (
	whole   = "ok"
	partial = "partial"
)

// failure is an error as results tell it.
type failure struct {
	Message string   `json:"message"`
	Path    ast.Path `json:"path,omitempty"`
	Code    string   `json:"code"`
	// RetryAfter is in seconds.
	RetryAfter int64 `json:"retryAfter,omitempty"` //nolint:tagliatelle // as in errors of GraphQL
}

// result is an answer as the protocol has it, and its outcome. The content is there twice: older clients know only texts.
func (d *Door) result(a Answer) (*mcp.CallToolResult, string) {
	if len(a.Data) == 0 && len(a.Errors) == 0 {
		a = refused(problem.New(problem.Cancelled, ""))
	}
	content := contentOf(a)
	if len(content) > int(d.config.MaxResult) {
		a = refused(problem.New(problem.ResultTooLarge,
			"the call was made, but its result is larger than "+d.config.MaxResult.String()+": ask for less"))
		content = contentOf(a)
	}
	failed := isNothing(a.Data) && len(a.Errors) > 0
	meta := mcp.Meta{metaContent: untrusted}
	if len(a.Notes) > 0 {
		meta[metaFallback] = a.Notes
	}
	result := complete()
	result.Meta, result.IsError, result.StructuredContent = meta, failed, json.RawMessage(content)
	result.Content = []mcp.Content{&mcp.TextContent{Text: string(content), Meta: mcp.Meta{metaContent: untrusted}}}
	switch {
	case failed:
		return result, problem.KindOfGraphQL(a.Errors[0]).Code()
	case len(a.Errors) > 0:
		return result, partial
	default:
		return result, whole
	}
}

// complete is a result that says of itself that it is one, and no question: clients of the newest version take no other. The SDK
// says so where its own tools are called; of another result, it can only be read.
func complete() *mcp.CallToolResult {
	result := new(mcp.CallToolResult)
	_ = json.Unmarshal([]byte(`{"content":[],"resultType":"complete"}`), result) // as it stands here, it is good
	return result
}

// contentOf is an answer as JSON. Its data is spliced in as it was made.
func contentOf(a Answer) []byte {
	data := a.Data
	if len(data) == 0 {
		data = json.RawMessage("null")
	}
	text := make([]byte, 0, len(data)+64+256*len(a.Errors))
	text = append(append(text, `{"data":`...), data...)
	if len(a.Errors) > 0 {
		failures := make([]failure, len(a.Errors))
		for i, each := range a.Errors {
			failures[i] = failure{
				Message: each.Message, Path: each.Path, Code: problem.KindOfGraphQL(each).Code(), RetryAfter: secondsOf(each),
			}
		}
		told, _ := json.Marshal(failures) //nolint:errchkjson // texts and numbers always marshal
		text = append(append(text, `,"errors":`...), told...)
	}
	return append(text, '}')
}

// secondsOf is after how long a call may be tried again, 0 where that is not known.
func secondsOf(err *gqlerror.Error) int64 {
	switch after := err.Extensions["retryAfter"].(type) {
	case int64:
		return after
	case float64: // of a problem that was read again
		return int64(after)
	default:
		return 0
	}
}

// isNothing reports whether there is no data, or every field at its root is null.
func isNothing(data json.RawMessage) bool {
	if len(data) == 0 || jsontext.Value(data).Kind() != '{' {
		return true
	}
	dec := jsontext.NewDecoder(bytes.NewReader(data))
	_, _ = dec.ReadToken() // as seen; the executor wrote all of it
	for dec.PeekKind() == '"' {
		_ = dec.SkipValue()
		if dec.PeekKind() != 'n' {
			return false
		}
		_ = dec.SkipValue()
	}
	return true
}
