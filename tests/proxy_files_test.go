package tests

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"fmt"
	"maps"
	"net/http"
	"net/textproto"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// curl makes a request with curl, and returns the answer as it came. The last argument is the URL.
func curl(t *testing.T, arguments ...string) reply {
	t.Helper()
	directory := t.TempDir()
	header, body := filepath.Join(directory, "header"), filepath.Join(directory, "body")
	usual := []string{"--silent", "--show-error", "--insecure", "--max-time", "20", "--path-as-is", "-D", header, "-o", body}
	if out, err := exec.CommandContext(t.Context(), needed(t, "curl"), append(usual, arguments...)...).CombinedOutput(); err != nil {
		t.Fatalf("curl %v: %v\n%s", arguments, err, out)
	}
	said, err := os.ReadFile(header)
	if err != nil {
		t.Fatal(err)
	}
	r := reply{}
	if r.body, err = os.ReadFile(body); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	if slices.Contains(arguments, "--head") { // then curl takes the header for what was asked for
		r.body = nil
	}
	r.status, r.header = lastHeader(t, said)
	return r
}

// lastHeader is the header of the answer itself, behind those of 1xx.
func lastHeader(t *testing.T, said []byte) (status int, header http.Header) {
	t.Helper()
	heads := bytes.Split(bytes.TrimRight(said, "\r\n"), []byte("\r\n\r\n"))
	in := textproto.NewReader(bufio.NewReader(bytes.NewReader(append(heads[len(heads)-1], "\r\n\r\n"...))))
	line, err := in.ReadLine()
	if err != nil {
		t.Fatal(err)
	}
	fields, err := in.ReadMIMEHeader()
	if err != nil {
		t.Fatal(err)
	}
	if status, err = strconv.Atoi(strings.Fields(line)[1]); err != nil {
		t.Fatalf("this is no status line: %q", line)
	}
	return status, http.Header(fields)
}

// fileRequests are what curl is told, and what nginx then answers.
func fileRequests() map[string]struct {
	arguments []string
	status    int
} {
	const then, later = "Sun, 01 Mar 2026 12:00:00 GMT", "Mon, 02 Mar 2026 12:00:00 GMT"
	const before = "Sat, 28 Feb 2026 12:00:00 GMT"
	const tag = `"69a42a40-3e8"` // of the time and the size
	ask := func(status int, arguments ...string) (c struct {
		arguments []string
		status    int
	},
	) {
		c.arguments, c.status = arguments, status
		return c
	}
	field := func(of ...string) []string {
		var all []string
		for _, each := range of[1:] {
			all = append(all, "-H", each)
		}
		return append(all, of[0])
	}
	return map[string]struct {
		arguments []string
		status    int
	}{
		"a file":                             ask(200, "/plain.txt"),
		"a file by HEAD":                     ask(200, "--head", "/plain.txt"),
		"a large file":                       ask(200, "/large.png"),
		"a large file by HEAD":               ask(200, "--head", "/large.png"),
		"an empty file":                      ask(200, "/empty.txt"),
		"an empty file by HEAD":              ask(200, "--head", "/empty.txt"),
		"a file without a type":              ask(200, "/unnamed"),
		"a file with a space in its name":    ask(200, "/with%20space+plus.txt"),
		"a file with a name of other bytes":  ask(200, "/%c3%BCn%C3%AFcode.txt"),
		"a page":                             ask(200, "/page.html"),
		"a page with a policy of its own":    ask(200, "/page"),
		"a page that may be framed":          ask(200, "/frames"),
		"JSON":                               ask(200, "/data.json"),
		"what is not there":                  ask(404, "/nothing"),
		"what is not there, by HEAD":         ask(404, "--head", "/nothing"),
		"what breaks":                        ask(500, "/broken"),
		"what only nginx knows":              ask(418, "/odd"),
		"what wants a password":              ask(401, "/locked"),
		"nothing":                            ask(204, "/none"),
		"OPTIONS":                            ask(405, "--request", "OPTIONS", "/plain.txt"),
		"a directory without its slash":      ask(301, "/directory"),
		"what has moved":                     ask(301, "/moved"),
		"what is elsewhere":                  ask(302, "/elsewhere"),
		"what stays elsewhere":               ask(308, "/kept"),
		"many cookies":                       ask(200, "/cookies"),
		"a query":                            ask(200, "/plain.txt?a=1&a=2;b=%2F&&c"),
		"a part":                             ask(206, "--range", "10-19", "/plain.txt"),
		"the end":                            ask(206, "--range", "-10", "/plain.txt"),
		"a part by HEAD":                     ask(206, "--head", "--range", "10-19", "/plain.txt"),
		"a part of a large file":             ask(206, "--range", "1000000-1999999", "/large.png"),
		"several parts":                      ask(206, "--range", "0-1,10-19,-5", "/plain.txt"),
		"a part that is not there":           ask(416, "--range", "5000-", "/plain.txt"),
		"a part in no words":                 ask(416, field("/plain.txt", "Range: bytes=a-b")...),
		"a part of the same file":            ask(206, field("/plain.txt", "Range: bytes=0-9", "If-Range: "+tag)...),
		"a part of the file of then":         ask(206, field("/plain.txt", "Range: bytes=0-9", "If-Range: "+then)...),
		"a part of another file":             ask(200, field("/plain.txt", "Range: bytes=0-9", `If-Range: "other"`)...),
		"a file that is known":               ask(304, field("/plain.txt", "If-None-Match: "+tag)...),
		"a file that is known, by HEAD":      ask(304, append([]string{"--head"}, field("/plain.txt", "If-None-Match: "+tag)...)...),
		"a file that is known among others":  ask(304, field("/plain.txt", `If-None-Match: "other", W/`+tag)...),
		"a file that is known otherwise":     ask(200, field("/plain.txt", `If-None-Match: "other"`)...),
		"a file that has not changed":        ask(304, field("/plain.txt", "If-Modified-Since: "+then)...),
		"a file that has changed since":      ask(200, field("/plain.txt", "If-Modified-Since: "+before)...),
		"a file if it has not changed":       ask(200, field("/plain.txt", "If-Unmodified-Since: "+later)...),
		"a file that ought to be older":      ask(412, field("/plain.txt", "If-Unmodified-Since: "+before)...),
		"a file that ought to be another":    ask(412, field("/plain.txt", `If-Match: "other"`)...),
		"a compressed file":                  ask(200, field("/zipped/plain.txt", "Accept-Encoding: gzip")...),
		"a file that could be compressed":    ask(200, "/zipped/plain.txt"),
		"a compressed file that is known":    ask(304, field("/zipped/plain.txt", "Accept-Encoding: gzip", "If-None-Match: W/"+tag)...),
		"a file that is not to be":           ask(200, field("/plain.txt", "Accept-Encoding: gzip, br")...),
		"a file larger than nginx takes":     ask(413, "--request", "PUT", "--data-binary", strings.Repeat("x", 90<<10), "/plain.txt"),
		"a method that nginx does not allow": ask(405, "--request", "POST", "--data", "a=1", "/plain.txt"),
	}
}

// TestProxyAnswersAsNginxDoes asks nginx by itself and through the gateway, and finds no difference.
func TestProxyAnswersAsNginxDoes(t *testing.T) {
	t.Parallel()
	url := nginx(t)
	s := securely(t, rawConfig(rawRoutes, url))
	writes := "Authorization: " + s.writer(t)
	for name, c := range fileRequests() {
		t.Run(name, func(t *testing.T) {
			arguments, path := c.arguments[:len(c.arguments)-1], c.arguments[len(c.arguments)-1]
			want := curl(t, append(slices.Clip(arguments), url+path)...)
			if want.status != c.status {
				t.Fatalf("nginx itself answers with %d, want %d\n%s", want.status, c.status, want.body)
			}
			for _, version := range []string{"--http1.1", "--http2"} {
				got := curl(t, append(slices.Clip(arguments), version, "-H", writes, s.public+path)...)
				if diff := cmp.Diff(asNginx(want), asNginx(got), cmp.AllowUnexported(reply{})); diff != "" {
					t.Errorf("the answer by %s (-nginx +gateway):\n%s", version, diff)
				}
			}
		})
	}
}

// boundary is what nginx makes up anew for each answer of several parts.
var boundary = regexp.MustCompile(`\b\d{20}\b`)

// asNginx is an answer without what a gateway may say beside it, and without what is never the same.
func asNginx(r reply) reply {
	header := maps.Clone(r.header)
	for _, name := range []string{"Connection", "Date", "Transfer-Encoding", "X-Request-Id", "Strict-Transport-Security"} {
		header.Del(name)
	}
	header.Set("Content-Type", boundary.ReplaceAllString(header.Get("Content-Type"), "boundary"))
	if r.header["Content-Type"] == nil {
		header.Del("Content-Type")
	}
	body := boundary.ReplaceAll(r.body, []byte("boundary"))
	if len(body) > 10_000 {
		body = fmt.Appendf(nil, "%d bytes: %x", len(body), sha256.Sum256(body))
	}
	return reply{status: r.status, header: header, body: body}
}
