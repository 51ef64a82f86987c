package bridge

import (
	"cmp"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"strconv"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"

	"github.com/concierge-gateway/concierge/problem"
)

// codeRefused is the code of errors that are no answers of the door to a message, out of those that JSON-RPC leaves to programs.
const codeRefused = -32010

// refusal is why a message was not answered by the door, as the client is told. The SDK's own reasons are errors of JSON-RPC as
// well, so it is another type.
type refusal struct{ told *jsonrpc.Error }

// Error implements error.
func (r refusal) Error() string { return r.told.Message }

func refused(message string, data json.RawMessage) error {
	return refusal{&jsonrpc.Error{Code: codeRefused, Message: message, Data: data}}
}

// reason is what is known of why an answer is none.
type reason struct {
	Status int `json:"status"`
	// Code is the gateway's own.
	Code string `json:"code,omitempty"`
	// RetryAfter is in seconds.
	RetryAfter int `json:"retryAfter,omitempty"` //nolint:tagliatelle // as in results

	detail string
}

// refuses is nil where an answer is a message of the protocol, or says that one was taken.
func (d Door) refuses(answer *http.Response, body []byte) error {
	media, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	taken := answer.StatusCode >= 200 && answer.StatusCode < 300
	switch {
	case isMessage(media, body), taken && len(body) == 0:
		return nil
	case taken:
		return refused("what answers at "+d.URL+" is no door for agents", nil)
	}
	why := read(answer, media, body)
	data, _ := json.Marshal(why) // numbers and a text always marshal
	return refused(d.advice(why), data)
}

func isMessage(media string, body []byte) bool {
	if media != "application/json" {
		return false
	}
	message, err := jsonrpc.DecodeMessage(body)
	_, response := message.(*jsonrpc.Response)
	return err == nil && response
}

// read is what an answer says of why it is none.
func read(answer *http.Response, media string, body []byte) reason {
	r := reason{Status: answer.StatusCode}
	r.RetryAfter, _ = strconv.Atoi(answer.Header.Get("Retry-After")) // what is no number is not said
	if media == problem.ContentType {
		var told struct {
			Code   string `json:"code"`
			Detail string `json:"detail"`
		}
		if json.Unmarshal(body, &told) == nil {
			r.Code, r.detail = told.Code, told.Detail
		}
	}
	r.detail = cmp.Or(r.detail, http.StatusText(r.Status), "it does not say why")
	return r
}

// advice says what to do.
func (d Door) advice(r reason) string {
	switch {
	case r.Status == http.StatusUnauthorized && d.Credential.Field == "":
		return "the gateway asks who calls: give a credential in " + d.Credential.Source + ", and start again"
	case r.Status == http.StatusUnauthorized:
		return fmt.Sprintf("the gateway does not take the credential in %s (%s): give another, and start again",
			d.Credential.Source, r.detail)
	case r.Status == http.StatusNotFound:
		return "there is no door for agents at " + d.URL + ": mcp.enabled opens it, at /mcp"
	case r.Status < http.StatusBadRequest:
		return d.URL + " leads elsewhere, and a credential is not sent there: give the URL that it leads to"
	case r.RetryAfter > 0:
		return fmt.Sprintf("the gateway does not answer this now (%s): try again in %d seconds", r.detail, r.RetryAfter)
	default:
		return fmt.Sprintf("the gateway does not answer this (%d): %s", r.Status, r.detail)
	}
}
