package describe

import (
	"testing"

	"github.com/concierge-gateway/concierge/passthrough/reshape"
)

func TestAMemberThatNotEveryCallerGetsNeedNotBeThere(t *testing.T) {
	shape := thing()
	for name, form := range map[string]reshape.Form{"id": reshape.LeaveOut, "name": reshape.Mask, "place": reshape.LeaveOut} {
		below, _ := shape.At(name)
		shape, _ = shape.With(name, below.Guarded(0, form))
	}
	d := things(t, shape, reshape.Spec{Rules: make([]reshape.Rule, 1)})
	record := []string{"components", "schemas", "Thing"}
	d.want(d.at(append(record, "required")...), `["tags"]`)
	d.want(d.at(append(record, "properties", "id")...), `{"type":"integer","examples":[7],"description":"Not every caller gets it.","x-some-callers-only":true}`)
	d.want(d.at(append(record, "properties", "name")...), `{"description":"Not every caller sees it: others get a text in its place, or null.",
		"x-some-callers-only":true,"anyOf":[{"type":"string","pattern":"^[A-Z]{2}-[0-9]+$"},{"type":["string","null"]}]}`)
	d.want(d.at(append(record, "properties", "place", "required")...), `["x","a/b"]`)
	d.want(d.at(append(record, "properties", "tags", "x-some-callers-only")...), ``)
}

func TestOfAGuardedNumberThePartThatIsShownIsDescribed(t *testing.T) {
	shape := reshape.Last(4).Guarded(0, reshape.LeaveOut).Guarded(1, reshape.Null)
	if n := lastOf(shape); n != 4 {
		t.Errorf("the last %d digits are shown, want 4", n)
	}
	if n := lastOf(reshape.Scalar().Guarded(0, reshape.Mask)); n != 0 {
		t.Errorf("the last %d digits of something else are shown", n)
	}
}

func TestARecordThatIsKeptFromACallerIsNullWithinAnAnswer(t *testing.T) {
	spec := reshape.Spec{
		Envelope: reshape.Object(nil), Rules: make([]reshape.Rule, 1),
		Records: []reshape.RecordsAt{
			{Pointer: "/data/things", Shape: thing(), Guards: []int{0}}, {Pointer: "/data/more", Shape: thing(), Guards: []int{0}},
		},
	}
	for _, path := range []string{"data/things", "data/more"} {
		spec.Envelope, _ = spec.Envelope.With(path, thing())
	}
	plan, err := reshape.Compile(spec)
	if err != nil {
		t.Fatal(err)
	}
	d := described(t, written(t), Endpoint{Rule: rule(t, "GET /things"), Conceals: true, Forbids: true, SignedIn: true, Route: &Route{
		Service: "shop", Parts: map[string]string{"/data/things": "Thing", "/data/more": "Thing"}, Shows: &spec,
	}})
	data := []string{"paths", "/things", "get", "responses", "200", "content", "application/json", "schema", "properties", "data", "properties"}
	d.want(d.at(append(data, "things", "type")...), `"array"`)
	d.want(d.at(append(data, "more", "anyOf", "1")...), `{"type":"null"}`)
	d.holds("/things", plan, nil, append(answers,
		`{"data":{"things":[{"id":7,"name":"AB-1","place":null,"tags":[]}],"more":{"id":7,"name":"AB-1","place":null,"tags":[]}},"total":1}`)...)
	for _, status := range []string{"401", "403", "404"} {
		if d.at("paths", "/things", "get", "responses", status) == "" {
			t.Errorf("it says nothing of %s", status)
		}
	}
}

func TestAWriteMayHaveAResultThatIsNotForTheCaller(t *testing.T) {
	spec := showing(t, "Order")
	endpoint := Endpoint{Rule: rule(t, "PATCH /orders/{id}"), Route: &Route{Service: "order", Returns: "Order", Shows: spec}}
	d := described(t, contracts(t), endpoint)
	d.want(d.at("paths", "/orders/{id}", "patch", "responses", "204", "description"), `"Done. The result is not for the caller."`)
	reading := Endpoint{Rule: rule(t, "GET /orders/{id}"), Route: &Route{Service: "order", Returns: "Order", Shows: spec}}
	open := Endpoint{Rule: rule(t, "PATCH /products/{id}"), Route: &Route{Service: "product", Returns: "Product", Shows: showing(t, "Product")}}
	d = described(t, contracts(t), reading, open)
	d.want(d.at("paths", "/orders/{id}", "get", "responses", "204"), ``)
	d.want(d.at("paths", "/products/{id}", "patch", "responses", "204"), ``)
}

func TestARecordOfAnOwnerIsDescribedWithAllThatTheOwnerSees(t *testing.T) {
	d := described(t, contracts(t), Endpoint{
		Rule: rule(t, "GET /orders/{id}"), Conceals: true,
		Route: &Route{Service: "order", Returns: "Order", Shows: showing(t, "Order", reshape.Move{From: "shipping_address/city", To: "city"})},
	})
	d.want(d.at("components", "schemas", "Order", "properties", "shipping_address", "x-some-callers-only"), `true`)
	d.want(d.at("components", "schemas", "Order", "properties", "status", "x-some-callers-only"), ``)
	if got := d.at("components", "schemas", "Order", "required"); got != `["id","user_id","status","currency","total","items","created_at","updated_at"]` {
		t.Errorf("it needs %s", got)
	}
}

func TestWhatIsShownOnlySoOftenIsNotPromised(t *testing.T) {
	name, _ := thing().At("name")
	shape, _ := thing().With("name", name.Metered(0))
	d := things(t, shape, reshape.Spec{Meters: 1})
	record := []string{"components", "schemas", "Thing"}
	d.want(d.at(append(record, "required")...), `["id","place","tags"]`)
	d.want(d.at(append(record, "properties", "name", "description")...), `"It is left out where the caller has read it too often."`)
	if n := lastOf(reshape.Last(4).Metered(0)); n != 4 {
		t.Errorf("the last %d digits are shown", n)
	}
}

func TestAnEndpointThatCanBeAskedTooOftenSaysSo(t *testing.T) {
	for _, limited := range []bool{false, true} {
		d := described(t, written(t), Endpoint{
			Rule: rule(t, "GET /things"), Limited: limited, Route: &Route{Service: "shop", Shows: &reshape.Spec{Shape: thing()}},
		})
		if _, says := d.read.Paths.Value("/things").Get.Responses.Map()["429"]; says != limited {
			t.Errorf("it says something of 429: %t", says)
		}
	}
}
