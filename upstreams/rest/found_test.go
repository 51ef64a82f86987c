package rest

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/upstreams/record"
)

// answering is a service that has one answer.
func answering(body string) *service {
	return &service{answer: func(*http.Request) (int, string, error) { return http.StatusOK, body, nil }}
}

func TestRawRecordsAreThoseOfTheAnswer(t *testing.T) {
	s := answering(`[{"id":2,"x":1e400} , {"id":1},{"id":9},{"id":2}]`)
	found := s.client(nil).Find(t.Context(), things, ids(3))
	if text, ok := found.Whole(); !ok || len(text) == 0 || found.Records != nil {
		t.Errorf("the answer is %s, %t, and found are %v; want it whole", text, ok, found.Records)
	}
	found.Split(t.Context())
	if _, ok := found.Whole(); ok {
		t.Error("an answer that was split is whole")
	}
	want := map[record.ID][]jsontext.Value{
		1: {jsontext.Value(`{"id":1}`)}, 2: {jsontext.Value(`{"id":2,"x":1e400}`), jsontext.Value(`{"id":2}`)},
	}
	if diff := cmp.Diff(want, found.Records); diff != "" || found.Failed != nil {
		t.Errorf("found %v (-want +got):\n%s", found.Failed, diff)
	}
}

func TestARecordThatCannotBeDecodedFailsItsOwnKey(t *testing.T) {
	for _, broken := range []string{`{"id":2,"name":7}`, `{"id":2,"name":"secret"x}`, `{"id":2,"name":"secret","name":""}`, `{"id":2,"name":["secret"}`} {
		found, err := get(t.Context(), answering(`[{"id":1},`+broken+`,{"id":3}]`).client(nil), ids(3))
		var failed KeyErrors
		if !errors.As(err, &failed) || failed[2] == nil || len(failed) != 1 || found[1] == nil || found[3] == nil {
			t.Errorf("ByKey = %v, %v, want 2 to fail and no other", found, err)
		}
		if !strings.HasPrefix(failed[2].Error(), "get things: ") || strings.Contains(err.Error(), "secret") {
			t.Errorf("the failure is %v, want it to say what was being done and nothing of the record", err)
		}
	}
}

func TestOfSeveralRecordsOfAKeyTheLastCounts(t *testing.T) {
	client := answering(`[{"id":1,"name":7},{"id":1,"name":"old"},{"id":1,"name":"new"}]`).client(nil)
	found, err := get(t.Context(), client, ids(1))
	if err != nil || found[1].Name != "new" {
		t.Errorf("ByKey = %v, %v, want the last", found[1], err)
	}
	if lists, err := ManyByKey[thing](t.Context(), client.Find(t.Context(), things, ids(1))); err == nil || lists[1] != nil {
		t.Errorf("ManyByKey = %v, %v, want a list of which one record cannot be read to fail", lists, err)
	}
}

func TestARecordThatCannotBeDecodedFailsItsList(t *testing.T) {
	found, err := list(t.Context(), answering(`[{"id":1},{"id":"secret"}]`).client(nil), record.Part{Limit: 2})
	if found != nil || problem.KindOf(err) != problem.UpstreamError || !strings.HasPrefix(err.Error(), "list things: ") {
		t.Errorf("List = %v, %v, want an UpstreamError", found, err)
	}
}

func TestAnEmptyListIsOne(t *testing.T) {
	if found, err := list(t.Context(), answering(`[]`).client(nil), record.Part{}); found == nil || len(found) > 0 || err != nil {
		t.Errorf("List = %v, %v, want an empty list", found, err)
	}
}

func TestAnswersToTheSameQuestionAreAdded(t *testing.T) {
	first, broken := record.Part{Limit: 1}, record.Part{Offset: 1, Limit: 1}
	good := answering(`[{"id":1}]`).client(nil).Part(t.Context(), "list things", Get("/things", nil), first)
	bad := answering(`{"id":1}`).client(nil).Part(t.Context(), "list things", Get("/things", nil), broken)
	var both Found[record.Part]
	both.Add(t.Context(), good)
	both.Add(t.Context(), bad)
	if len(both.Records[first]) != 1 || both.Records[broken] != nil || both.Failed[first] != nil || both.Failed[broken] == nil {
		t.Errorf("together they are %v", both)
	}
	if err := both.Unreadable(t.Context(), errors.New("odd")); !strings.HasPrefix(err.Error(), "list things: ") {
		t.Errorf("Unreadable = %v, want it to say what was being done", err)
	}
}

func TestWhatNobodyWasAskedForCanBeUnreadable(t *testing.T) {
	if err := (Found[int]{}).Unreadable(t.Context(), errors.New("odd")); problem.KindOf(err) != problem.UpstreamError {
		t.Errorf("Unreadable = %v", err)
	}
}

func TestAPanicOnTheWayFailsTheKeysOfItsCall(t *testing.T) {
	for _, most := range []int{2, 100} {
		s := &service{answer: func(req *http.Request) (int, string, error) {
			if strings.Contains(req.URL.RawQuery, "ids=1") {
				panic("of all things")
			}
			return all(req)
		}}
		found := s.client(func(c *Config) { c.Batch.Max = most }).Find(t.Context(), things, ids(4))
		if problem.KindOf(found.Failed[1]) != problem.Internal || len(found.Failed)+len(found.Records) != 4 {
			t.Errorf("in calls of %d keys, found %v, and %v failed", most, found.Records, found.Failed)
		}
	}
}
