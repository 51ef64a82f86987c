package tests

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/concierge-gateway/concierge/demo"
)

// referredAnswer is what the gateway or the reference makes of an operation.
type referredAnswer struct {
	Stage    string // where the reference refused it, or run
	Messages []string
	Broken   string
	Ahead    bool // the record behind a page cannot be read

	data  string
	Data  json.RawMessage
	nulls []string // the places of the answer that are null because of errors
	codes []string
	mute  bool // an error has no message
	lost  bool // an error has no location
	reply reply
}

// TestTheReferenceGivesTheSameAnswers executes queries made by chance in the gateway and in graphql-js, whose resolvers ask the
// services for one record at a time: with sound services, with some broken records, and with a service that is down. Others are run by
//
//	REFERENCE_OPERATIONS=5000 REFERENCE_SEED=2 go test ./tests -run TestTheReferenceGives -timeout 30m
func TestTheReferenceGivesTheSameAnswers(t *testing.T) {
	t.Parallel()
	r := startReferred(t)
	number, seed := numberIn(t, "REFERENCE_OPERATIONS", 120), numberIn(t, "REFERENCE_SEED", 1)
	down := demo.Fault{Status: http.StatusInternalServerError}
	for at, phase := range []struct {
		name   string
		broken bool
		down   string
		share  int
	}{{name: "sound", share: 3}, {name: "broken records", broken: true, share: 3}, {name: "no users", down: demo.User, share: 6}, {name: "no payments", down: demo.Payment, share: 12}, {name: "no products", down: demo.Product, share: 12}} {
		t.Run(phase.name, func(t *testing.T) {
			r.broken.Store(phase.broken)
			if phase.down != "" {
				r.services.SetFault(phase.down, down)
				defer r.services.ClearFaults()
			}
			group := new(errgroup.Group)
			group.SetLimit(runtime.GOMAXPROCS(0))
			for n := range number / phase.share {
				c := newReading(seed, at*number+n, true)
				group.Go(func() error { return r.compare(t, c) })
			}
			if err := group.Wait(); err != nil {
				t.Error(err)
			}
		})
	}
	c := &r.tally
	compared, nulls, bytes := c.compared.Load(), c.nulls.Load(), c.bytes.Load()
	t.Logf("compared %d answers of %d bytes, with %d nulls for errors; %d were too large, and behind a page of %d was a broken record",
		compared, bytes, nulls, c.limited.Load(), c.ahead.Load())
	if compared*10 < int64(number)*9 || nulls < compared/2 || bytes < compared*100 {
		t.Error("too little was compared")
	}
}

// compare is an error where the answers to a query differ.
func (r *referred) compare(t *testing.T, c trial) error {
	t.Helper()
	got, err := r.byGateway(t, c)
	if err != nil {
		return fmt.Errorf("%s\nthe gateway: %w", c, err)
	}
	want, err := r.byReference(c, "run")
	if err != nil {
		return fmt.Errorf("%s\nthe reference: %w", c, err)
	}
	switch {
	case want.Stage != "run":
		return fmt.Errorf("%s\nthe reference refuses it: %s %q", c, want.Stage, want.Messages)
	case got.limited():
		r.tally.limited.Add(1)
		return nil
	case want.Ahead:
		// The gateway reads a page with the record behind it where it is asked whether there is one, as one list. The reference has
		// two calls.
		r.tally.ahead.Add(1)
		return nil
	}
	r.tally.compared.Add(1)
	r.tally.nulls.Add(int64(len(want.nulls)))
	r.tally.bytes.Add(int64(len(want.data)))
	if got.data != want.data || !slices.Equal(got.nulls, want.nulls) {
		ours, theirs := apart(got.data, want.data)
		return fmt.Errorf("%s\nthe gateway answers\n%s\n%s\nthe reference\n%s\n%s", c, ours, got.nulls, theirs, want.nulls)
	}
	return nil
}

// apart are two texts from shortly before where they differ.
func apart(a, b string) (ours, theirs string) {
	at := 0
	for at < min(len(a), len(b)) && a[at] == b[at] {
		at++
	}
	cut := func(text string) string { return text[max(0, at-200):min(len(text), at+200)] }
	return cut(a), cut(b)
}

// limited reports whether the gateway refused an operation for its size, about which the specification says nothing.
func (a *referredAnswer) limited() bool {
	return a.data == "" && len(a.codes) == 1 && (a.codes[0] == "OPERATION_LIMIT_EXCEEDED" || a.codes[0] == "OPERATION_TOO_COSTLY")
}

// byGateway has the gateway run an operation.
func (r *referred) byGateway(t *testing.T, c trial) (a referredAnswer, err error) {
	t.Helper()
	c.as, c.scopes, c.accept = referredCaller, referredScopes(), "application/graphql-response+json"
	req, err := r.question(t.Context(), c, "")
	if err != nil {
		return a, err
	}
	res, err := r.client.Do(req)
	if err != nil {
		return a, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return a, err
	}
	a.reply = reply{status: res.StatusCode, header: res.Header, body: body}
	err = a.read(body)
	return a, err
}

// byReference has the reference judge an operation, or run it.
func (r *referred) byReference(c trial, ask string) (a referredAnswer, err error) {
	question := map[string]any{"ask": ask, "query": c.query, "caller": referredCaller}
	if c.name != "" {
		question["name"] = c.name
	}
	if c.variables != "" {
		question["variables"] = json.RawMessage(c.variables)
	}
	var answer json.RawMessage
	if err := r.ask(question, &answer); err != nil {
		return a, err
	}
	if err := json.Unmarshal(answer, &a); err != nil {
		return a, err
	}
	if a.Broken != "" {
		return a, errors.New(a.Broken)
	}
	err = a.read(answer)
	return a, err
}

// read takes an answer's text apart.
func (a *referredAnswer) read(body []byte) error {
	var answer struct {
		Data   json.RawMessage
		Errors []struct {
			Path       []any
			Message    string
			Locations  []struct{ Line, Column int }
			Extensions struct{ Code string }
		}
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return fmt.Errorf("read %.300q: %w", body, err)
	}
	var whole any
	if answer.Data != nil {
		if err := json.Unmarshal(answer.Data, &whole); err != nil {
			return fmt.Errorf("read the data: %w", err)
		}
		var err error
		if a.data, err = inOrder(answer.Data); err != nil {
			return err
		}
	}
	for _, each := range answer.Errors {
		a.codes = append(a.codes, each.Extensions.Code)
		a.mute = a.mute || each.Message == ""
		a.lost = a.lost || len(each.Locations) == 0
		a.nulls = append(a.nulls, nullOf(whole, each.Path))
	}
	slices.Sort(a.nulls)
	a.nulls = slices.Compact(a.nulls)
	return nil
}

// inOrder is a JSON text in one spelling, whose members stay where they are.
func inOrder(text []byte) (string, error) {
	var out strings.Builder
	dec := json.NewDecoder(strings.NewReader(string(text)))
	dec.UseNumber()
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return out.String(), nil
		}
		if err != nil {
			return "", fmt.Errorf("read the data: %w", err)
		}
		if delim, ok := token.(json.Delim); ok {
			out.WriteString(delim.String())
			continue
		}
		out.WriteString(inJSON(token) + " ")
	}
}

// nullOf is the place of an answer that is null because of an error with a path: the specification leaves it open which of the
// errors below one null are told.
func nullOf(whole any, path []any) string {
	place := "data"
	for _, step := range path {
		switch at := whole.(type) {
		case map[string]any:
			name, _ := step.(string)
			whole = at[name]
		case []any:
			i, ok := step.(float64)
			if !ok || int(i) >= len(at) {
				return place + " has no " + fmt.Sprint(step)
			}
			whole = at[int(i)]
		case nil:
			return place
		default:
			return place + " is no null"
		}
		place += "/" + fmt.Sprint(step)
	}
	if whole != nil {
		place += " is no null"
	}
	return place
}
