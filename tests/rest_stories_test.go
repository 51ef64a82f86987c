package tests

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/tools/txtar"

	"github.com/concierge-gateway/concierge/demo"
)

// TestRESTStories runs testdata/rest/*.txtar. A story is a sequence of these files, after a comment that says what it shows:
//
//	rest.yml        what stands below rest in the configuration, where it is not what the demo has there
//	auth.yml        what stands below auth besides
//	limits.yml      what stands below limits
//	other           what a service answers that the gateway has no client for, named other: status, header, body
//	faults.json     what goes wrong in the services from here on: {"user": [{"Status": 500}]}
//	fields          the header fields of calls that are shown from here on
//	request         a request as a client writes it, but for Host and Content-Length. The customer's token goes with it, or that of
//	                the principal that the line As: names, or none for nobody
//	answer          what must come back for it: status, header, body
//	limits          what its header must say of limits, with times rounded up to minutes
//	calls           what the services must have been asked meanwhile, in any order, with bodies and the fields
//
// Of an answer, all is compared but the header fields that each answer has, and what marks in its tag what the caller sees: view1 is
// the first such mark of a story. JSON that is not short is shown with a line for each
// member, in its order and with its digits.
func TestRESTStories(t *testing.T) {
	files, err := filepath.Glob("testdata/rest/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no stories: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			tellREST(t, archive)
			if *update {
				if err := os.WriteFile(file, txtar.Format(archive), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// tellREST runs a story. When stories are updated, what was seen replaces what was expected.
func tellREST(t *testing.T, story *txtar.Archive) {
	t.Helper()
	o := newOther(t)
	p := startBefore(t, recorded(t), withLimits(withAuth(withREST(o, sectionOf(story)), story), story))
	var answered reply
	var answer []byte
	var fields []string
	var marks views
	for i := range story.Files {
		file := &story.Files[i]
		switch file.Name {
		case "rest.yml", "auth.yml", "limits.yml":
		case "other":
			o.answers(scripted(t, file.Data))
		case "faults.json":
			p.fail(t, file.Data)
		case "fields":
			fields = strings.Fields(string(file.Data))
		case "request":
			p.services.ResetCalls()
			o.forget()
			answered = p.speak(t, string(file.Data))
			answer = marks.named(shown(t, answered))
		case "answer":
			file.Data = compare(t, "answer to "+lastRequest(story.Files[:i]), file.Data, answer)
		case "limits":
			file.Data = compare(t, "limits of "+lastRequest(story.Files[:i]), file.Data, limitsIn(answered.header))
		case "calls":
			file.Data = compare(t, "calls of "+lastRequest(story.Files[:i]), file.Data, callsTo(p, o, fields))
			file.Data = bytes.TrimLeft(file.Data, "\n") // where there are none
		default:
			t.Fatalf("a story has no file %q", file.Name)
		}
	}
}

// sectionOf is what stands below rest in a story's configuration.
func sectionOf(story *txtar.Archive) string {
	if i := slices.IndexFunc(story.Files, named("rest.yml")); i >= 0 {
		return string(story.Files[i].Data)
	}
	return demoSection()
}

// withAuth is a configuration with what a story has below auth.
func withAuth(yaml string, story *txtar.Archive) string {
	if i := slices.IndexFunc(story.Files, named("auth.yml")); i >= 0 {
		return with(yaml, "auth", strings.TrimSpace(indented(string(story.Files[i].Data), "  ")))
	}
	return yaml
}

// demoSection is what the demo's configuration has below rest.
func demoSection() string {
	_, rest, _ := strings.Cut(string(demo.Gateway), "\nrest:\n")
	section, _, _ := strings.Cut(rest, "\nupstreams:\n")
	return regexp.MustCompile(`(?m)^ {2}`).ReplaceAllString(section, "")
}

func lastRequest(files []txtar.File) string {
	for _, file := range slices.Backward(files) {
		if file.Name == "request" {
			line, _, _ := strings.Cut(string(file.Data), "\n")
			return line
		}
	}
	return "nothing"
}

// startREST runs a gateway with this below rest, and with the other service where there is one, until the test ends.
func startREST(t *testing.T, o *other, section string) *program {
	t.Helper()
	return startBefore(t, recorded(t), withREST(o, section))
}

// recorded are sample services that write down what they are asked, and for which time stands still.
func recorded(t *testing.T) *demo.Services {
	t.Helper()
	now := func() time.Time { return time.Date(2026, time.July, 1, 12, 0, 0, 0, time.UTC) }
	services, err := demo.Start(demo.Options{Record: true, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = services.Close() })
	return services
}

// withREST is a configuration with this below rest, and with the other service where there is one.
func withREST(o *other, section string) string {
	yaml := standard
	if o != nil {
		yaml = with(yaml, "upstreams", fmt.Sprintf("other: {urls: [%q], %s}", o.URL, attentive))
	}
	return yaml + "rest:\n" + indented(section, "  ")
}

// attentive are settings of a service of which each call counts, whatever became of the others.
const attentive = "timeouts: {header: 1m, total: 10m}, retry: {max: 0}, breaker: {enabled: false}, endpoint_breaker: {enabled: false}"

// withRoutes is withREST for routes alone.
func withRoutes(o *other, routes ...string) string {
	var section strings.Builder
	section.WriteString("routes:\n")
	for _, each := range routes {
		section.WriteString("  - " + strings.TrimLeft(indented(each, "    "), " \n"))
	}
	return withREST(o, section.String())
}

func indented(text, by string) string {
	return regexp.MustCompile(`(?m)^(.)`).ReplaceAllString(strings.Trim(text, "\n"), by+"$1") + "\n"
}

// speak sends a request as stories write it, on a connection of its own.
func (p *program) speak(t *testing.T, text string) reply {
	t.Helper()
	head, body, _ := strings.Cut(text, "\n\n")
	body = strings.TrimSuffix(body, "\n")
	lines := strings.Split(strings.TrimSpace(head), "\n")
	header, as := lines[1:], "customer"
	header = slices.DeleteFunc(header, func(line string) bool {
		name, found := strings.CutPrefix(line, "As: ")
		if found {
			as = name
		}
		return found
	})
	header = append(header, "Connection: close")
	if !slices.ContainsFunc(header, func(line string) bool { return strings.HasPrefix(line, "Host: ") }) {
		header = append(header, "Host: test")
	}
	if as != "nobody" {
		header = append(header, "Authorization: Bearer "+p.token(t, as))
	}
	if body != "" {
		header = append(header, fmt.Sprintf("Content-Length: %d", len(body)))
	}
	conn := dial(t, p)
	write(t, conn, lines[0]+" HTTP/1.1\r\n"+strings.Join(header, "\r\n")+"\r\n\r\n"+body)
	method, _, _ := strings.Cut(lines[0], " ")
	return received(t, conn, method)
}

// received reads an answer. One that breaks off ends with brokenOff.
func received(t *testing.T, conn io.Reader, method string) reply {
	t.Helper()
	res, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("there is no answer: %v", err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		body = append(body, brokenOff...)
	}
	return reply{status: res.StatusCode, header: res.Header, body: body}
}

// brokenOff stands for the end of an answer that did not come.
const brokenOff = " ... and the connection was closed"

// everyAnswers are the header fields of each answer, which say nothing about it.
func everyAnswers() []string {
	return []string{
		"Connection", "Content-Length", "Content-Security-Policy", "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy",
		"Date", "Ratelimit", "Ratelimit-Policy", "Referrer-Policy", "Traceparent", "Via", "X-Content-Type-Options", "X-Frame-Options", "X-Request-Id",
	}
}

// requestID is the part of a problem that no answer shares with another.
var requestID = regexp.MustCompile(`,"request_id":"([^"]*)"`)

// views are the marks of what callers see that stand in the tags of a story's answers. They change with the program, so what a story
// shows of them is which of them are the same.
type views []string

var viewMark = regexp.MustCompile(`~[0-9a-f]{16}"`)

// named is an answer with a short name for each mark.
func (v *views) named(answer []byte) []byte {
	return viewMark.ReplaceAllFunc(answer, func(mark []byte) []byte {
		if !slices.Contains(*v, string(mark)) {
			*v = append(*v, string(mark))
		}
		return fmt.Appendf(nil, `~view%d"`, 1+slices.Index(*v, string(mark)))
	})
}

// shown is an answer as stories have it.
func shown(t *testing.T, r reply) []byte {
	t.Helper()
	var text bytes.Buffer
	fmt.Fprintf(&text, "%d\n", r.status)
	for _, name := range slices.Sorted(maps.Keys(r.header)) {
		if slices.Contains(everyAnswers(), name) || name == "Retry-After" && bytes.Contains(r.body, []byte("RATE_LIMITED")) { // which limits tell
			continue
		}
		for _, value := range r.header[name] {
			fmt.Fprintf(&text, "%s: %s\n", name, value)
		}
	}
	body := r.body
	if r.header.Get("Content-Type") == problemJSON && len(body) > 0 {
		if found := requestID.FindSubmatch(body); len(found) != 2 || string(found[1]) != r.header.Get("X-Request-Id") {
			t.Errorf("the problem does not name the request %s: %s", r.header.Get("X-Request-Id"), body)
		}
		body = requestID.ReplaceAll(body, nil)
	}
	if len(body) > 0 {
		fmt.Fprintf(&text, "\n%s\n", legible(body))
	}
	return text.Bytes()
}

// shortBody is the length, in bytes, up to which JSON stays on one line.
const shortBody = 130

// legible is a body with a line for each member. Its order and its digits stay.
func legible(body []byte) []byte {
	if len(body) <= shortBody {
		return bytes.TrimSpace(body)
	}
	value := jsontext.Value(bytes.Clone(body))
	if err := value.Format(jsontext.PreserveRawStrings(true), jsontext.Multiline(true), jsontext.WithIndent("  ")); err != nil {
		return body
	}
	return bytes.TrimSpace(value)
}

// callsTo are the lines of what the services were asked, sorted, each with these header fields and its body below it.
func callsTo(p *program, o *other, fields []string) []byte {
	var calls []string
	for _, call := range append(p.services.Calls(), o.calls()...) {
		lines := []string{call.String()}
		for _, name := range fields {
			for _, value := range call.Header.Values(name) {
				lines = append(lines, strings.TrimSpace(name+": "+value))
			}
		}
		if len(call.Body) > 0 {
			lines = append(lines, strings.Split(string(legible(call.Body)), "\n")...)
		}
		calls = append(calls, strings.Join(lines, "\n  "))
	}
	slices.Sort(calls)
	return []byte(strings.Join(calls, "\n"))
}
