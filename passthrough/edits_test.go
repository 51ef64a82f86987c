package passthrough

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/problem"
)

func compiled(t *testing.T, c Fields, read naming) edits {
	t.Helper()
	return compileEdits(c, paramsOfTests, read, func(path, message string) { t.Fatalf("%s %s", path, message) })
}

func TestEditsAreMadeInOrder(t *testing.T) {
	all := Fields{
		Drop:    []string{"dropped", "both"},
		Rename:  map[string]string{"old": "new", "both": "never", "dropped": "never", "missing": "never", "first": "second", "second": "third"},
		Default: map[string]string{"new": "default", "filled": "default", "empty": "default", "absent": "{query.absent}"},
		Set:     map[string]string{"filled": "set", "from": "{path.id}", "gone": "{query.absent}"},
	}
	c := callerOf(t, ada(), "/users/7/x")
	given := url.Values{
		"dropped": {"1"}, "both": {"2"}, "old": {"3", "4"}, "empty": {""}, "gone": {"5"}, "from": {"6"}, "kept": {"7"},
		"first": {"8"}, "second": {"9"},
	}
	edits := compiled(t, all, parameter)
	edits.apply(given, c)
	want := url.Values{
		"new": {"3", "4"}, "empty": {""}, "filled": {"set"}, "from": {"7"}, "kept": {"7"}, // what is set to what is not there is gone
		"third": {"8"}, // renamings follow each other by name
	}
	if diff := cmp.Diff(want, given); diff != "" {
		t.Error(diff)
	}
}

func TestFieldsOfAHeaderAreKnownInAnyCase(t *testing.T) {
	edits := compiled(t, Fields{
		Drop: []string{"x-OLD"}, Rename: map[string]string{"x-user": "X-client"}, Default: map[string]string{"accept-language": "en"},
		Set: map[string]string{"x-path": "{path.id}"},
	}, field)
	header := http.Header{"X-Old": {"1"}, "X-User": {"ada"}, "Accept-Language": {"de"}}
	if err := edits.header(header, callerOf(t, ada(), "/users/7/x")); err != nil {
		t.Fatal(err)
	}
	want := http.Header{"X-Client": {"ada"}, "Accept-Language": {"de"}, "X-Path": {"7"}}
	if diff := cmp.Diff(want, header); diff != "" {
		t.Error(diff)
	}
}

func TestNobodyWritesALineOfAHeader(t *testing.T) {
	for value, good := range map[string]bool{
		"7": true, "a%09b": true, "%C3%BC": true, "a%0d%0aX-Role:%20admin": false, "a%0ab": false, "a%0d": false, "%00": false, "a%7fb": false,
	} {
		for name, fields := range map[string]Fields{
			"set":     {Set: map[string]string{"X-Kind": "kind {query.kind}"}},
			"default": {Default: map[string]string{"X-Kind": "{query.kind}"}},
		} {
			edits := compiled(t, fields, field)
			err := edits.header(http.Header{}, callerOf(t, ada(), "/users/7/x?kind="+value))
			if (err == nil) != good || err != nil && problem.KindOf(err) != problem.BadInput {
				t.Errorf("%s to %s: %v, want good %t", name, value, err, good)
			}
		}
	}
}

func TestAQueryOfWhichNothingIsChangedStaysAsItWasWritten(t *testing.T) {
	const odd = "b=2&a=1&a;&%zz=1&A=%c3%bc+x&&="
	c := callerOf(t, ada(), "/users/7/x?limit=9")
	none := compiled(t, Fields{}, parameter)
	if got := none.query(odd, c); got != odd {
		t.Errorf("got %s, want %s", got, odd)
	}
	some := compiled(t, Fields{
		Drop: []string{"a"}, Rename: map[string]string{"b": "c&d"}, Default: map[string]string{"limit": "{query.limit}"}, Set: map[string]string{"by": "{identity.id}"},
	}, parameter)
	if got, want := some.query(odd, c), "=&A=%C3%BC+x&by=7&c%26d=2&limit=9"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
