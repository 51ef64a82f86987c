package prepared_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/listening/prepared"
)

// taking is a server's writer that takes what is prepared, and wrapped is somebody around it who does not know of that.
type (
	taking struct {
		*httptest.ResponseRecorder
		list prepared.List
	}
	wrapped struct{ http.ResponseWriter }
)

func (t *taking) Prepared() *prepared.List { return &t.list }

func (w wrapped) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (t *taking) lines() (names []string) {
	for _, fields := range t.list.All() {
		for _, line := range fields.Lines() {
			names = append(names, line.Text)
		}
	}
	return names
}

func TestAServerThatTakesWhatIsPreparedFindsItBesideTheHeader(t *testing.T) {
	w := &taking{ResponseRecorder: httptest.NewRecorder()}
	prepared.Set(w, prepared.New(http.Header{"X-B": {"1", " 2\n"}, "X-A": {"3"}, "No Name": {"4"}, "X-None": nil}))
	if diff := cmp.Diff([]string{"", "X-A: 3\r\n", "X-B: 1\r\nX-B: 2\r\n"}, w.lines()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(http.Header{"X-None": nil}, w.Header()); diff != "" {
		t.Errorf("the header: %s", diff)
	}
}

func TestWhatDecidesHowAnAnswerIsSentStandsInTheHeader(t *testing.T) {
	decides := http.Header{
		"Connection": {"close"}, "Transfer-Encoding": {"x"}, "Trailer": {"X-T"}, http.TrailerPrefix + "X-U": {"1"},
		"Content-Length": {"-1"},
	}
	w := &taking{ResponseRecorder: httptest.NewRecorder()}
	prepared.Set(w, prepared.New(decides))
	if diff := cmp.Diff(decides, w.Header()); diff != "" || len(w.lines()) > 0 {
		t.Errorf("beside the header is %v, and in it: %s", w.lines(), diff)
	}
}

func TestWhoeverCannotTakeWhatIsPreparedFindsItInTheHeader(t *testing.T) {
	below := &taking{ResponseRecorder: httptest.NewRecorder()}
	w := wrapped{below}
	w.Header()["X-A"] = []string{"before"}
	prepared.Set(w, prepared.New(http.Header{"X-A": {"1"}, "X-B": {"2"}}))
	if diff := cmp.Diff(http.Header{"X-A": {"1"}, "X-B": {"2"}}, w.Header()); diff != "" || len(below.lines()) > 0 {
		t.Errorf("beside the header is %v, and in it: %s", below.lines(), diff)
	}
}

func TestOfTwoThatHaveAFieldOfOneNameTheSecondCounts(t *testing.T) {
	w := &taking{ResponseRecorder: httptest.NewRecorder()}
	w.Header()["X-D"] = []string{"0"}
	for _, each := range []http.Header{{"X-A": {"1"}, "X-C": {"1"}}, {"X-B": {"2"}, "X-C": {"2"}}, {"X-D": {"3"}}} {
		prepared.Set(w, prepared.New(each))
	}
	if diff := cmp.Diff(http.Header{"X-B": {"2"}, "X-C": {"2"}}, w.Header()); diff != "" {
		t.Errorf("the header, which counts before what is beside it: %s", diff)
	}
	if diff := cmp.Diff([]string{"X-A: 1\r\n", "X-C: 1\r\n", "X-D: 3\r\n"}, w.lines()); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsWithdrawnIsNotSaid(t *testing.T) {
	below := &taking{ResponseRecorder: httptest.NewRecorder()}
	prepared.Set(below, prepared.New(http.Header{"X-A": {"1"}}))
	below.Header()["X-B"], below.Header()["X-C"] = []string{"2"}, []string{"3"}
	prepared.Withdraw(wrapped{below}, "X-A", "X-B")
	if diff := cmp.Diff(http.Header{"X-C": {"3"}}, below.Header()); diff != "" || len(below.lines()) > 0 {
		t.Errorf("beside the header is %v, and in it: %s", below.lines(), diff)
	}
	alone := httptest.NewRecorder()
	prepared.Set(alone, prepared.New(http.Header{"X-A": {"1"}}))
	prepared.Withdraw(alone, "X-A")
	if len(alone.Header()) > 0 {
		t.Errorf("the header is %v", alone.Header())
	}
}

func TestAnAnswerBeforeTheAnswerIsSaidApart(t *testing.T) {
	below := &taking{ResponseRecorder: httptest.NewRecorder()}
	w := wrapped{below}
	prepared.Set(below, prepared.New(http.Header{"X-A": {"1"}}))
	w.Header()["X-B"] = []string{"2"}
	prepared.Apart(w, func(header http.Header) {
		if len(header) > 0 || len(below.lines()) > 0 {
			t.Errorf("the header begins as %v, beside which is %v", header, below.lines())
		}
		header["X-C"] = []string{"3"}
	})
	if diff := cmp.Diff(http.Header{"X-B": {"2"}}, w.Header()); diff != "" {
		t.Errorf("the header afterwards: %s", diff)
	}
	if diff := cmp.Diff([]string{"X-A: 1\r\n"}, below.lines()); diff != "" {
		t.Errorf("beside it: %s", diff)
	}
}

func TestFieldsOfOneNameHaveOneBitAndTellTheirTextAsAWhole(t *testing.T) {
	f := prepared.New(http.Header{"X-B": {"1", "2"}, "A": {"3"}, "Connection": {"close"}})
	if want := "A: 3\r\nX-B: 1\r\nX-B: 2\r\n"; f.Text() != want {
		t.Errorf("the text is %q, want %q", f.Text(), want)
	}
	if want := prepared.NameOf("A") | prepared.NameOf("X-B"); f.Names() != want {
		t.Errorf("the names are %b, want %b", f.Names(), want)
	}
}

func TestNamesThatStandInOneAnswerHaveBitsOfTheirOwn(t *testing.T) {
	known := make(map[prepared.Names]string)
	for _, name := range []string{
		"X-Request-Id", "Ratelimit-Policy", "Ratelimit", "Vary", "Age", "Cache-Status", "Api-Version", "Via", "Trailer",
		"Transfer-Encoding",
	} {
		known[prepared.NameOf(name)] = name
	}
	for _, name := range []string{
		"X-Content-Type-Options", "Content-Security-Policy", "X-Frame-Options", "Cross-Origin-Resource-Policy",
		"Cross-Origin-Opener-Policy", "Referrer-Policy", "Content-Type", "Content-Length", "Date", "Cache-Control", "Etag",
	} {
		if other, taken := known[prepared.NameOf(name)]; taken {
			t.Errorf("%s has the bit of %s", name, other)
		}
	}
}
