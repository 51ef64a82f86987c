package rules

import (
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// answered is what a client gets of an answer from the store, seven seconds later.
func answered(t *testing.T, req *http.Request, a Answer, body string) (status int, got string, header http.Header) {
	t.Helper()
	res := Respond(req, a, []byte(body), noon.Add(7*time.Second))
	content, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if res.Request != req || res.Body.Close() != nil {
		t.Error("the answer is not whole")
	}
	if length := res.Header.Get("Content-Length"); length == "" && len(content) > 0 {
		t.Error("nobody knows how long it is")
	}
	return res.StatusCode, string(content), res.Header
}

func TestAClientThatHasTheAnswerIsToldSo(t *testing.T) {
	const tag, modified = `ETag: "a,b"`, "Last-Modified: @-3000"
	cases := []struct {
		name   string
		status int
		answer []string
		req    []string
		want   int
	}{
		{"no condition", 200, []string{tag}, nil, 200},
		{"the tag", 200, []string{tag}, []string{`If-None-Match: "a,b"`}, 304},
		{"the tag, weak", 200, []string{tag}, []string{`If-None-Match: W/"a,b"`}, 304},
		{"a weak tag", 200, []string{`ETag: W/"a"`}, []string{`If-None-Match: "a"`}, 304},
		{"the tag, first", 200, []string{tag}, []string{`If-None-Match: "a,b", "1", "2"`}, 304},
		{"the tag, second", 200, []string{tag}, []string{`If-None-Match: "1","a,b" , "2"`}, 304},
		{"the tag, last, on another line", 200, []string{tag}, []string{`If-None-Match: "1"`, `If-None-Match: W/"2", "a,b"`}, 304},
		{"any tag", 200, []string{tag}, []string{"If-None-Match: *"}, 304},
		{"any tag of none", 200, nil, []string{"If-None-Match: *"}, 304},
		{"another tag", 200, []string{tag}, []string{`If-None-Match: "a"`}, 200},
		{"half a tag", 200, []string{tag}, []string{`If-None-Match: "a`}, 200},
		{"half a tag, without quotes", 200, []string{`ETag: "b"`}, []string{`If-None-Match: "a,b"`}, 200},
		{"a tag without quotes", 200, []string{"ETag: a"}, []string{"If-None-Match: b, a"}, 304},
		{"a tag without quotes, of one with", 200, []string{`ETag: "a"`}, []string{"If-None-Match: a"}, 200},
		{"an empty list", 200, []string{modified}, []string{"If-None-Match: ", "If-Modified-Since: @0"}, 200},
		{"a tag of none", 200, nil, []string{`If-None-Match: ""`}, 200},
		{"two tags", 200, []string{`ETag: "a"`, `ETag: "b"`}, []string{`If-None-Match: "a"`}, 200},
		{"the date", 200, []string{modified}, []string{"If-Modified-Since: @-3000"}, 304},
		{"a later date", 200, []string{modified}, []string{"If-Modified-Since: @-2000"}, 304},
		{"an earlier date", 200, []string{modified}, []string{"If-Modified-Since: @-3001"}, 200},
		{"the date in the form of RFC 850", 200, []string{"Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT"}, []string{"If-Modified-Since: Sunday, 06-Nov-94 08:49:37 GMT"}, 304},
		{"no date", 200, []string{modified}, []string{"If-Modified-Since: today"}, 200},
		{"when it was made", 200, []string{"Date: @-5"}, []string{"If-Modified-Since: @-5"}, 304},
		{"before it was made", 200, []string{"Date: @-5"}, []string{"If-Modified-Since: @-3000"}, 200},
		{"when it came", 200, nil, []string{"If-Modified-Since: @0"}, 304},
		{"the tag counts before the date", 200, []string{tag, "Last-Modified: @-5000"}, []string{`If-None-Match: "a,b"`, "If-Modified-Since: @-9000"}, 304},
		{"another tag counts before the date", 200, []string{tag, "Last-Modified: @-5000"}, []string{`If-None-Match: "b"`, "If-Modified-Since: @-1"}, 200},
		{"of what is not there", 404, []string{tag}, []string{`If-None-Match: "a,b"`}, 404},
		{"of what moved", 301, []string{modified}, []string{"If-Modified-Since: @0"}, 301},
	}
	for _, c := range cases {
		a := answer(c.status, Settings{}, append(c.answer, "Content-Type: text/plain", "Content-Length: 5")...)
		status, body, header := answered(t, get(c.req...), a, "01234")
		if status != c.want {
			t.Errorf("%s: %d, want %d", c.name, status, c.want)
		}
		if has := len(header["Content-Type"]) > 0; has != (status != 304) || (body == "") != (status == 304) {
			t.Errorf("%s: %d with %q and %v", c.name, status, body, header)
		}
	}
}

func TestTheFieldsOf304(t *testing.T) {
	a := ok(Settings{}, `ETag: "a"`, "Date: @-1", "Cache-Control: max-age=9", "Expires: @9", "Vary: Foo", "Content-Location: /a",
		"Content-Type: text/plain", "Content-Language: de", "Content-Length: 5", "Content-Encoding: x", "Access-Control-Allow-Origin: *")
	_, _, got := answered(t, get(`If-None-Match: "a"`), a, "01234")
	want := header(`ETag: "a"`, "Date: @-1", "Cache-Control: max-age=9", "Expires: @9", "Vary: Foo", "Content-Location: /a",
		"Access-Control-Allow-Origin: *", "Age: 8")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAPartIsCutOutOfTheWholeAnswer(t *testing.T) {
	const tag, modified, date = `ETag: "a"`, "Last-Modified: @-10", "Date: @0"
	whole := func(want string) string { return "200  " + want }
	cases := []struct {
		name   string
		answer []string
		req    []string
		body   string
		want   string
	}{
		{"partial-store-complete-reuse-partial", nil, []string{"Range: bytes=0-1"}, "0123456789A", "206 bytes 0-1/11 01"},
		{"partial-store-complete-reuse-partial-no-last", nil, []string{"Range: bytes=1-"}, "0123456789A", "206 bytes 1-10/11 123456789A"},
		{"partial-store-complete-reuse-partial-suffix", nil, []string{"Range: bytes=-1"}, "0123456789A", "206 bytes 10-10/11 A"},
		{"all of it", nil, []string{"Range: bytes=0-"}, "012", "206 bytes 0-2/3 012"},
		{"more than all of it", nil, []string{"Range: bytes=1-99999999999999999999999"}, "012", "206 bytes 1-2/3 12"},
		{"more than all of it from the end", nil, []string{"Range: bytes=-9"}, "012", "206 bytes 0-2/3 012"},
		{"the unit in capitals", nil, []string{"Range: BYTES=1-1"}, "012", "206 bytes 1-1/3 1"},
		{"after the end", nil, []string{"Range: bytes=3-"}, "012", "416 bytes */3 "},
		{"after the end, and further", nil, []string{"Range: bytes=99999999999999999999999-99999999999999999999999"}, "012", "416 bytes */3 "},
		{"nothing from the end", nil, []string{"Range: bytes=-0"}, "012", "416 bytes */3 "},
		{"backwards", nil, []string{"Range: bytes=2-1"}, "012", whole("012")},
		{"several", nil, []string{"Range: bytes=0-0,2-2"}, "012", whole("012")},
		{"several, on two lines", nil, []string{"Range: bytes=0-0", "Range: bytes=1-1"}, "012", whole("012")},
		{"none", nil, []string{"Range: bytes=-"}, "012", whole("012")},
		{"no number", nil, []string{"Range: bytes=a-2"}, "012", whole("012")},
		{"a negative number", nil, []string{"Range: bytes=--2"}, "012", whole("012")},
		{"another unit", nil, []string{"Range: lines=0-1"}, "012", whole("012")},
		{"nothing at all", nil, []string{"Range: "}, "012", whole("012")},
		{"of nothing", nil, []string{"Range: bytes=0-"}, "", whole("")},
		{"if it is the version", []string{tag}, []string{"Range: bytes=0-0", `If-Range: "a"`}, "012", "206 bytes 0-0/3 0"},
		{"if it is another", []string{tag}, []string{"Range: bytes=0-0", `If-Range: "b"`}, "012", whole("012")},
		{"if it is a weak one", []string{`ETag: W/"a"`}, []string{"Range: bytes=0-0", `If-Range: W/"a"`}, "012", whole("012")},
		{"if it is of that time", []string{modified, date}, []string{"Range: bytes=0-0", "If-Range: @-10"}, "012", "206 bytes 0-0/3 0"},
		{"if it is of about that time", []string{modified, date}, []string{"Range: bytes=0-0", "If-Range: @-9"}, "012", whole("012")},
		{"if it is of this moment", []string{"Last-Modified: @0", date}, []string{"Range: bytes=0-0", "If-Range: @0"}, "012", whole("012")},
		{"if it is anything", []string{tag}, []string{"Range: bytes=0-0", "If-Range: x"}, "012", whole("012")},
		{"a part of what the client has", []string{tag}, []string{"Range: bytes=0-0", `If-None-Match: "a"`}, "012", "304  "},
		{"a field that looks like a part", []string{"Content-Range: ANANANANANANANA"}, nil, "012", "200 ANANANANANANANA 012"},
	}
	for _, c := range cases {
		status, body, header := answered(t, get(c.req...), ok(Settings{}, c.answer...), c.body)
		if got := http.StatusText(status); got == "" {
			t.Errorf("%s: no status", c.name)
		}
		got := statusLine(status)[:3] + " " + header.Get("Content-Range") + " " + body
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	if status, _, _ := answered(t, with("HEAD", "Range: bytes=0-0"), ok(Settings{}), "012"); status != 200 {
		t.Errorf("a part of a header is answered with %d", status)
	}
	if status, _, _ := answered(t, get("Range: bytes=0-0"), answer(404, Settings{}), "012"); status != 404 {
		t.Errorf("a part of what is not there is answered with %d", status)
	}
}

func TestA416LetsNobodyKeepIt(t *testing.T) {
	a := ok(Settings{}, `ETag: "a"`, "Date: @-1", "Cache-Control: max-age=9", "CDN-Cache-Control: max-age=9", "Expires: @9",
		"Vary: Foo", "Content-Type: text/plain", "Access-Control-Allow-Origin: *")
	_, _, got := answered(t, get("Range: bytes=9-"), a, "01234")
	want := header("Date: @-1", "Vary: Foo", "Access-Control-Allow-Origin: *", "Content-Range: bytes */5", "Content-Length: 0")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWhatTheStoreAnswersWith(t *testing.T) {
	fields := []string{
		"Cache-Control: max-age=60, no-cache=\"a, C\"", "Age: 30", "Content-Type: text/plain", "A: 1", "B: 2", "C: 3", "D: 4",
		"Connection: d, close", "Keep-Alive: x", "Proxy-Authenticate: x", "Te: x", "Trailer: x", "Transfer-Encoding: x", "Upgrade: x",
		"Proxy-Connection: x", "Proxy-Authorization: x", "Proxy-Authentication-Info: x",
	}
	want := header("Cache-Control: max-age=60, no-cache=\"a, C\"", "Age: 37", "Content-Type: text/plain", "B: 2", "Date: @0", "Content-Length: 5")
	stored := ok(Settings{}, fields...)
	before := stored.Header.Clone()
	for _, a := range []Answer{stored, {Status: 200, Header: header(fields...), Asked: noon, Came: noon}} {
		for _, req := range []*http.Request{get(), with("HEAD")} {
			status, body, got := answered(t, req, a, "01234")
			if status != 200 || (body == "01234") != (req.Method == "GET") {
				t.Errorf("%d with %q", status, body)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			got.Set("Content-Type", "x")
			got.Add("B", "x")
			got.Del("Cache-Control")
		}
	}
	if diff := cmp.Diff(before, stored.Header); diff != "" {
		t.Errorf("who was answered has changed what is stored: %s", diff)
	}
}

func TestAnAnswerWithoutABodyHasNone(t *testing.T) {
	status, body, got := answered(t, get(), answer(204, Settings{}, "Date: @0"), "")
	if diff := cmp.Diff(header("Date: @0", "Age: 7"), got); status != 204 || body != "" || diff != "" {
		t.Errorf("%d %q %s", status, body, diff)
	}
	old := ok(Settings{}, "Age: nobody knows")
	if _, _, got := answered(t, get(), old, ""); got.Get("Age") != "2147483648" {
		t.Errorf("an age that nobody knows is %s", got.Get("Age"))
	}
	if got := Respond(get(), answer(599, Settings{}), nil, noon).Status; got != "599" {
		t.Errorf("the status is %q", got)
	}
}
