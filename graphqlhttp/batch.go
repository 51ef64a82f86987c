package graphqlhttp

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/units"
)

// Batching says whether one request may ask for several operations, as a JSON array of requests.
type Batching struct {
	// Enabled lets clients send several operations in one request.
	Enabled bool `yaml:"enabled"`
	// Max is the most operations of one request.
	Max int `yaml:"max"`
	// Bytes bounds the body of such a request, all of its documents and variables together.
	Bytes units.Bytes `yaml:"bytes"`
}

// mostInBatch is the largest batch that can be allowed: its answers are held in memory until the last of them is there.
const mostInBatch = 100

// DefaultBatching lets nobody. Where it is turned on, four of the largest documents fit.
func DefaultBatching() Batching { return Batching{Max: 10, Bytes: 256 * units.KiB} }

// Validate reports bounds that bound nothing.
func (b Batching) Validate(fail func(path, message string)) {
	if b.Max < 1 || b.Max > mostInBatch {
		fail("max", fmt.Sprintf("must lie between 1 and %d", mostInBatch))
	}
	if b.Bytes < units.KiB || b.Bytes > units.GiB {
		fail("bytes", "must lie between 1KiB and 1GiB")
	}
}

// ReadBatch reads the requests of a body that is a JSON array of them, each as it stands. Of any other request it reads nothing,
// and batch is false. The error is a problem, and quotes nothing of the body.
func (b Batching) ReadBatch(r *http.Request) (requests []json.RawMessage, batch bool, err error) {
	if r.Method != http.MethodPost || !isJSON(r.Header.Get("Content-Type")) || !beginsArray(r) {
		return nil, false, nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, int64(b.Bytes)+1))
	switch {
	case err != nil:
		return nil, true, middleware.BodyError(err)
	case len(body) > int(b.Bytes):
		return nil, true, problem.New(problem.TooLarge, "a batch of operations is larger than "+b.Bytes.String())
	}
	requests, err = b.split(body)
	return requests, true, err
}

// smallest is the least that a bufio.Reader holds. What is read in larger pieces does not go through it.
const smallest = 16

// beginsArray looks at the first character of a body that is no blank, and leaves the body as it was.
func beginsArray(r *http.Request) bool {
	text := bufio.NewReaderSize(r.Body, smallest)
	r.Body = &peeked{Reader: text, Closer: r.Body}
	for {
		next, err := text.ReadByte()
		switch {
		case err != nil:
			return false // whoever reads the body meets it again
		case next == ' ' || next == '\t' || next == '\r' || next == '\n':
		default:
			_ = text.UnreadByte() // one was read
			return next == '['
		}
	}
}

// peeked is a body of which the beginning was looked at.
type peeked struct {
	io.Reader
	io.Closer
}

// split takes an array apart, and stops at the first element that is one too many.
func (b Batching) split(body []byte) (requests []json.RawMessage, err error) {
	dec := json.NewDecoder(bytes.NewReader(body))
	if _, err := dec.Token(); err != nil {
		return nil, notJSON(err)
	}
	for dec.More() {
		if len(requests) == b.Max {
			return nil, problem.New(problem.LimitExceeded, fmt.Sprintf("a batch has at most %d operations", b.Max))
		}
		var each json.RawMessage
		if err := dec.Decode(&each); err != nil {
			return nil, notJSON(err)
		}
		requests = append(requests, each)
	}
	if _, err := dec.Token(); err != nil {
		return nil, notJSON(err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, problem.New(problem.BadInput, "the request has more behind its JSON array")
	}
	if len(requests) == 0 {
		return nil, problem.New(problem.BadInput, "the batch has no operations")
	}
	return requests, nil
}

func notJSON(err error) error {
	return problem.Wrap(problem.BadInput, err, "the request is not valid JSON")
}

// Restated is a problem, as problem.Write has written it with this header, as the answer to an operation that did not run.
func Restated(header http.Header, body []byte) []byte {
	var told struct {
		Detail    string `json:"detail"`
		Code      string `json:"code"`
		RequestID string `json:"request_id"` //nolint:tagliatelle // as problems have it
	}
	if json.Unmarshal(body, &told) != nil || told.Code == "" {
		told.Detail, told.Code = problem.Internal.Message(), problem.Internal.Code()
	}
	extensions := map[string]any{"code": told.Code}
	if told.RequestID != "" {
		extensions["requestId"] = told.RequestID
	}
	if seconds, err := strconv.Atoi(header.Get("Retry-After")); err == nil {
		extensions["retryAfter"] = seconds
	}
	return Encode(&graphql.Response{Errors: gqlerror.List{{Message: told.Detail, Extensions: extensions}}})
}
