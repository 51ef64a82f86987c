package web

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func ask(t *testing.T, handler http.Handler, method, target string, header http.Header) *http.Response {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, target, http.NoBody)
	maps.Copy(r.Header, header)
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, answer *http.Response) []byte {
	t.Helper()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func plain(t *testing.T, handler http.Handler, target string) string {
	t.Helper()
	answer := ask(t, handler, http.MethodGet, target, nil)
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: got %d, want 200", target, answer.StatusCode)
	}
	return string(body(t, answer))
}

func mustServe(t *testing.T, handler http.Handler, target string) {
	t.Helper()
	answer := ask(t, handler, http.MethodHead, target, http.Header{"Accept-Encoding": {"gzip"}})
	if answer.StatusCode != http.StatusOK {
		t.Errorf("%s is named, but not served: got %d", target, answer.StatusCode)
	}
}

func asset(t *testing.T, extension string) string {
	t.Helper()
	names, err := fs.Glob(dist, "dist/assets/main-*"+extension+".gz")
	if err != nil || len(names) != 1 {
		t.Fatalf("got %v and error %v, want one main%s", names, err, extension)
	}
	return "/graphiql/assets/" + strings.TrimSuffix(path.Base(names[0]), ".gz")
}

func TestSettingsReachThePage(t *testing.T) {
	for name, tt := range map[string]struct {
		settings Settings
		want     string
	}{
		"nothing set": {
			Settings{},
			`{"endpoint":"/graphql"}`,
		},
		"everything set": {
			Settings{
				Endpoint: "/api",
				Query:    "{\n  me { id }\n}",
				Tokens:   []Token{{Name: "customer", Value: "a.b.c"}, {Name: "admin", Value: "d.e.f"}},
			},
			`{"endpoint":"/api","query":"{\n  me { id }\n}",
			  "tokens":[{"name":"customer","value":"a.b.c"},{"name":"admin","value":"d.e.f"}]}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got, want any
			if err := json.Unmarshal([]byte(plain(t, GraphiQL(tt.settings), "/graphiql/settings.json")), &got); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal([]byte(tt.want), &want); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("settings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEveryFileHasItsTypeAndLifetime(t *testing.T) {
	handler := GraphiQL(Settings{})
	for target, want := range map[string][2]string{
		"/":                       {"text/html; charset=utf-8", revalidate},
		"/graphiql/settings.json": {"application/json", revalidate},
		"/graphiql/licenses.txt":  {"text/plain; charset=utf-8", revalidate},
		asset(t, ".js"):           {"text/javascript; charset=utf-8", immutable},
		asset(t, ".css"):          {"text/css; charset=utf-8", immutable},
	} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			answer := ask(t, handler, method, target, nil)
			if answer.StatusCode != http.StatusOK {
				t.Errorf("%s %s: got %d, want 200", method, target, answer.StatusCode)
			}
			got := [2]string{answer.Header.Get("Content-Type"), answer.Header.Get("Cache-Control")}
			if got != want {
				t.Errorf("%s %s: got %q, want %q", method, target, got, want)
			}
			if sent := len(body(t, answer)); (sent > 0) != (method == http.MethodGet) {
				t.Errorf("%s %s: got %d bytes", method, target, sent)
			}
		}
	}
}

func TestEncodingIsWhatTheClientAccepts(t *testing.T) {
	handler := GraphiQL(Settings{Query: "{ me { id } }"})
	for accept, want := range map[string]string{
		"":                         "",
		"gzip":                     "gzip",
		"GZIP":                     "gzip",
		"x-gzip":                   "gzip",
		"gzip, deflate, br, zstd":  "gzip",
		"br;q=1.0, gzip;q=0.001":   "gzip",
		"*":                        "gzip",
		"br, *;q=0.1":              "gzip",
		"br":                       "",
		"identity":                 "",
		"gzip;q=0":                 "",
		"gzip;q=0.000, *":          "",
		"*, gzip ; q=0":            "",
		"*;q=0":                    "",
		"gzip;q=many":              "",
		"gzipped, notgzip":         "",
		"deflate;q=0.5,gzip; q=.5": "gzip",
	} {
		for _, target := range []string{"/", "/graphiql/settings.json", asset(t, ".css")} {
			header := http.Header{}
			if accept != "" {
				header.Set("Accept-Encoding", accept)
			}
			answer := ask(t, handler, http.MethodGet, target, header)
			if got := answer.Header.Get("Content-Encoding"); got != want {
				t.Errorf("Accept-Encoding %q: got %q for %s, want %q", accept, got, target, want)
			}
			if got := answer.Header.Get("Vary"); got != "Accept-Encoding" {
				t.Errorf("Accept-Encoding %q: got Vary %q for %s", accept, got, target)
			}
			sent := body(t, answer)
			if want == "gzip" {
				sent = gunzip(t, sent)
			}
			if got := string(sent); got != plain(t, handler, target) {
				t.Errorf("Accept-Encoding %q: %s is not the same content", accept, target)
			}
		}
	}
}

func gunzip(t *testing.T, gzipped []byte) []byte {
	t.Helper()
	reader, err := gzip.NewReader(bytes.NewReader(gzipped))
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestUnchangedFilesAreNotSentAgain(t *testing.T) {
	handler := GraphiQL(Settings{})
	for _, target := range []string{"/", "/graphiql/settings.json", asset(t, ".css")} {
		tags := map[string]bool{}
		for _, accept := range []string{"gzip", "identity"} {
			header := http.Header{"Accept-Encoding": {accept}}
			tag := ask(t, handler, http.MethodGet, target, header).Header.Get("ETag")
			tags[tag] = true
			header.Set("If-None-Match", tag)
			answer := ask(t, handler, http.MethodGet, target, header)
			if answer.StatusCode != http.StatusNotModified || len(body(t, answer)) != 0 {
				t.Errorf("%s with tag %s: got %d, want 304 without a body", target, tag, answer.StatusCode)
			}
		}
		if len(tags) != 2 || tags[""] {
			t.Errorf("%s: got tags %v, want one for each encoding", target, tags)
		}
	}
}

func TestOtherSettingsHaveAnotherTag(t *testing.T) {
	tag := func(query string) string {
		answer := ask(t, GraphiQL(Settings{Query: query}), http.MethodGet, "/graphiql/settings.json", nil)
		return answer.Header.Get("ETag")
	}
	if tag("{ a }") == tag("{ b }") {
		t.Errorf("got tag %s for both", tag("{ a }"))
	}
}

func TestWhatIsNotServedIsAProblem(t *testing.T) {
	for name, tt := range map[string]struct {
		method, target string
		status         int
		code, allow    string
	}{
		"no such file":             {http.MethodGet, "/graphiql/assets/none.js", 404, "NOT_FOUND", ""},
		"no such page":             {http.MethodGet, "/other", 404, "NOT_FOUND", ""},
		"the folder":               {http.MethodGet, "/graphiql/", 404, "NOT_FOUND", ""},
		"the page below its files": {http.MethodGet, "/graphiql/index.html", 404, "NOT_FOUND", ""},
		"the stored form":          {http.MethodGet, "/graphiql/licenses.txt.gz", 404, "NOT_FOUND", ""},
		"a way out of the folder":  {http.MethodGet, "/graphiql/../graphiql.go", 404, "NOT_FOUND", ""},
		"posting to no file":       {http.MethodPost, "/other", 404, "NOT_FOUND", ""},
		"posting to the page":      {http.MethodPost, "/", 405, "METHOD_NOT_ALLOWED", "GET, HEAD"},
		"deleting the settings":    {http.MethodDelete, "/graphiql/settings.json", 405, "METHOD_NOT_ALLOWED", "GET, HEAD"},
	} {
		t.Run(name, func(t *testing.T) {
			answer := ask(t, GraphiQL(Settings{}), tt.method, tt.target, nil)
			var got struct {
				Code string `json:"code"`
			}
			if err := json.Unmarshal(body(t, answer), &got); err != nil {
				t.Fatal(err)
			}
			if answer.StatusCode != tt.status || got.Code != tt.code || answer.Header.Get("Allow") != tt.allow {
				t.Errorf("got %d %s, Allow %q, want %d %s, Allow %q",
					answer.StatusCode, got.Code, answer.Header.Get("Allow"), tt.status, tt.code, tt.allow)
			}
			if got := answer.Header.Get("Content-Type"); got != "application/problem+json" {
				t.Errorf("got Content-Type %q", got)
			}
		})
	}
}

func TestThePageIsConfinedToItsOrigin(t *testing.T) {
	for _, target := range []string{"/", "/graphiql/settings.json", asset(t, ".js"), "/graphiql/none"} {
		header := ask(t, GraphiQL(Settings{}), http.MethodGet, target, nil).Header
		for name, want := range map[string]string{
			"Content-Security-Policy": contentSecurityPolicy,
			"X-Content-Type-Options":  "nosniff",
			"Referrer-Policy":         "no-referrer",
		} {
			if got := header.Get(name); got != want {
				t.Errorf("%s: got %s %q, want %q", target, name, got, want)
			}
		}
	}

	allowed := map[string]bool{"'none'": true, "'self'": true}
	exceptions := map[string]string{"style-src": "'unsafe-inline'", "img-src": "data:"}
	directives := map[string]bool{}
	for directive := range strings.SplitSeq(contentSecurityPolicy, ";") {
		words := strings.Fields(directive)
		directives[words[0]] = true
		for _, source := range words[1:] {
			if !allowed[source] && exceptions[words[0]] != source {
				t.Errorf("%s allows %s", words[0], source)
			}
		}
	}
	// These do not fall back to default-src.
	for _, name := range []string{"default-src", "base-uri", "form-action", "frame-ancestors"} {
		if !directives[name] {
			t.Errorf("the policy says nothing about %s", name)
		}
	}
}

func TestEveryFileThatThePageNamesIsServed(t *testing.T) {
	handler := GraphiQL(Settings{})
	index := plain(t, handler, "/")

	references := regexp.MustCompile(`(?:src|href|data-[a-z]+-worker)="([^"]*)"`).FindAllStringSubmatch(index, -1)
	if len(references) < 6 {
		t.Fatalf("got %d references in the page, want its script, style, icon, licenses and workers", len(references))
	}
	for _, reference := range references {
		target := reference[1]
		if strings.HasPrefix(reference[0], "data-") {
			target = "graphiql/assets/" + target
		}
		if strings.Contains(target, ":") || strings.HasPrefix(target, "/") {
			t.Errorf("the page names %s, which is not relative", target)
			continue
		}
		mustServe(t, handler, "/"+target)
	}
}

func TestThePageHasNoScriptOfItsOwnAndNoRemoteReference(t *testing.T) {
	index := plain(t, GraphiQL(Settings{}), "/")
	for _, pattern := range []string{`<script[^>]*>[^<]`, `\son[a-z]+=`, `<style`, `\sstyle=`, `//`, `{{`} {
		if found := regexp.MustCompile(pattern).FindString(index); found != "" {
			t.Errorf("the page has %q", found)
		}
	}
}

func TestAssetsNameAssetsAlone(t *testing.T) {
	names, err := fs.Glob(dist, "dist/assets/*.gz")
	if err != nil {
		t.Fatal(err)
	}
	hashed := regexp.MustCompile(`-[A-Z2-7]{8}\.(?:css|js|svg|ttf)`)
	stored := map[string]bool{}
	for _, name := range names {
		hash := hashed.FindString(name)
		if hash == "" {
			t.Errorf("%s is kept for ever, yet its name has no hash", name)
		}
		stored[hash] = true
	}

	handler := GraphiQL(Settings{})
	found := 0
	for _, name := range names {
		content := plain(t, handler, "/graphiql/assets/"+strings.TrimSuffix(path.Base(name), ".gz"))
		for _, hash := range hashed.FindAllString(content, -1) {
			found++
			if !stored[hash] {
				t.Errorf("%s names a file ending in %s, which is not there", name, hash)
			}
		}
		for _, load := range []string{`from"`, `import"`, `import("`, `@import"`, `@import "`, `url(`, `url("`, `url('`} {
			for _, remote := range []string{"http:", "https:", "//"} {
				if strings.Contains(content, load+remote) {
					t.Errorf("%s has %s", name, load+remote)
				}
			}
		}
	}
	if found == 0 {
		t.Error("found no name at all")
	}
}

func TestEveryAssetIsStoredCompressed(t *testing.T) {
	err := fs.WalkDir(dist, "dist", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		stored, err := dist.ReadFile(name)
		if err != nil {
			return err
		}
		if path.Ext(name) != ".gz" || len(gunzip(t, stored)) == 0 {
			t.Errorf("%s is not a compressed file", name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
