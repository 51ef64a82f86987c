package problem

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAFaultIsPlainWhereItIsANameAndACode(t *testing.T) {
	for _, c := range []struct {
		fault Fault
		want  bool
	}{
		{Fault{"name", "REQUIRED"}, true},
		{Fault{"", "CONFLICT_2"}, true},
		{Fault{"items[0].product_id", "UNKNOWN_PRODUCT"}, true},
		{Fault{"address/geo-code", "X"}, true},
		{Fault{strings.Repeat("a", 200), strings.Repeat("A", 50)}, true},
		{Fault{strings.Repeat("a", 201), "REQUIRED"}, false},
		{Fault{"name", strings.Repeat("A", 51)}, false},
		{Fault{"name", ""}, false},
		{Fault{"name", "required"}, false},
		{Fault{"name", "TOO LONG"}, false},
		{Fault{"name", "ÜBER"}, false},
		{Fault{"Mrs Smith", "REQUIRED"}, false},
		{Fault{"name=ada", "REQUIRED"}, false},
		{Fault{"näme", "REQUIRED"}, false},
		{Fault{"name\x00", "REQUIRED"}, false},
		{Fault{"<b>", "REQUIRED"}, false},
	} {
		if got := c.fault.Plain(); got != c.want {
			t.Errorf("%+v: %t, want %t", c.fault, got, c.want)
		}
	}
}

func TestAProblemMayHaveAStatusAndFaultsOfItsOwn(t *testing.T) {
	for name, c := range map[string]struct {
		err    *Error
		status int
		faults []any
	}{
		"the kind's": {New(NotFound, ""), 404, nil},
		"a service's": {
			&Error{Kind: BadInput, Status: 422, Faults: []Fault{{"name", "TOO_LONG"}, {"", "CONFLICT"}}}, 422,
			[]any{map[string]any{"field": "name", "code": "TOO_LONG"}, map[string]any{"field": "", "code": "CONFLICT"}},
		},
		"a status alone": {&Error{Kind: UpstreamError, Status: 501}, 501, nil},
	} {
		t.Run(name, func(t *testing.T) {
			answer := httptest.NewRecorder()
			Write(answer, c.err)
			var body map[string]any
			if err := json.Unmarshal(answer.Body.Bytes(), &body); err != nil {
				t.Fatal(err)
			}
			if answer.Code != c.status || body["status"] != float64(c.status) || c.err.HTTPStatus() != c.status {
				t.Errorf("the answer is %d and says %v, want %d", answer.Code, body["status"], c.status)
			}
			got, _ := body["errors"].([]any)
			if diff := cmp.Diff(c.faults, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
