package tests

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// overlapping are routes of which several fit most requests. Each leads to a path that names it.
func overlapping() []string {
	routes := []string{
		"match: GET /a/{x}/c", "match: GET /a/b/{y}", "match: GET /a/b/c", "match: GET /a/{rest...}", "match: GET /{all...}",
		"match: /a/b/c", "match: HEAD /a/b/c", "match: GET /a/b/c\nheaders: {X-One: \"*\"}", "match: GET /a/b/c\nheaders: {X-One: \"1\"}",
		"match: GET /a/b/c\nheaders: {X-One: \"*\"}\nquery: {q: \"*\"}", "match: GET /a/b/c\nquery: {q: \"2\"}\nheaders: {X-One: \"1\"}",
		"match: GET /a/b/c\nhost: \"*.example.com\"", "match: GET /a/{x}/c\nhost: www.example.com", "match: GET /{all...}\nhost: \"*.www.example.com\"",
		"match: GET /v\nversion: v1\nversion_by: [header]", "match: GET /v\nversion: v2\nversion_by: [header]\ndefault: true", "match: GET /v",
	}
	for i, each := range routes {
		routes[i] = fmt.Sprintf("%s\nupstream: other\nraw: true\nscopes: [\"users:read\"]\nto: /r%d", each, i)
	}
	return routes
}

// Which route answers depends on how specific it is, and not on where it stands in the file.
func TestTheOrderOfRoutesInTheFileMeansNothing(t *testing.T) {
	o := newOther(t)
	routes := overlapping()
	orders := [][]string{slices.Clone(routes), slices.Clone(routes), slices.Clone(routes)}
	slices.Reverse(orders[1])
	random := rand.New(rand.NewPCG(1, 2))
	random.Shuffle(len(routes), func(i, j int) { orders[2][i], orders[2][j] = orders[2][j], orders[2][i] })
	for _, order := range orders {
		p := startREST(t, o, strings.TrimPrefix(withRoutes(nil, order...), standard+"rest:\n"))
		got := make(map[string]string)
		for request := range precedence() {
			var answer struct{ Path string }
			r := p.speak(t, request+"\nAs: support")
			if err := json.Unmarshal(r.body, &answer); err != nil || answer.Path == "" {
				answer.Path = strconv.Itoa(r.status)
			}
			got[request] = answer.Path
		}
		if diff := cmp.Diff(precedence(), got); diff != "" {
			t.Errorf("the first route is %q (-want +got):\n%s", order[0], diff)
		}
	}
}

// precedence are requests, and where the overlapping routes lead them.
func precedence() map[string]string {
	return map[string]string{
		"GET /a/b/c":                            "/r2", // literals go before parameters
		"GET /a/b/d":                            "/r1", // from the left
		"GET /a/x/c":                            "/r0",
		"GET /a/x/y":                            "/r3", // a parameter goes before a rest
		"GET /x":                                "/r4",
		"DELETE /a/b/c":                         "/r5", // a method goes before all methods
		"DELETE /a/b/d":                         "405",
		"GET /a/b/c\nX-One: 2":                  "/r7", // a condition goes before none
		"GET /a/b/c\nX-One: 1":                  "/r8", // a value before any
		"GET /a/b/c?q=3\nX-One: 1":              "/r9", // and two before one
		"GET /a/b/c?q=2\nX-One: 1":              "/r10",
		"GET /a/b/c?q=2":                        "/r2",
		"GET /a/b/c\nHost: shop.example.com":    "/r11", // a host before none
		"GET /a/b/c\nHost: a.b.example.com":     "/r11",
		"GET /a/b/c\nHost: www.example.com":     "/r12", // even where its path is less specific
		"GET /a/b/c\nHost: WWW.EXAMPLE.COM.:81": "/r12",
		"GET /a/b/c\nHost: m.www.example.com":   "/r13", // a longer wildcard before a shorter one
		"GET /a/b/d\nHost: www.example.com":     "/r1",  // what its host has no route for is anybody's
		"GET /a/b/c\nHost: example.com":         "/r2",
		"GET /v":                                "/r15", // a version goes before none
		"GET /v\nAPI-Version: 1":                "/r14",
		"GET /v\nAPI-Version: 3":                "/r16",
		"GET /v2/v":                             "/r4",
		"GET /a/%62/c":                          "/r2", // encoded or not, it is the same path
		"GET /a/b/c/":                           "/r3",
		"GET /a//c":                             "400",
		"GET http://shop.example.com/a/b/c\nHost: shop.example.com": "/r11",
	}
}

func TestRoutesAreFoundByBothVersionsOfHTTP(t *testing.T) {
	section, roots := certificate(t)
	o := newOther(t)
	p := startBefore(t, recorded(t), with(withREST(o, demoSection()), "server", section))
	for version := 1; version <= 2; version++ {
		for path, want := range map[string]int{"/v1/users/7": 200, "/v2/orders/7/summary": 200, "/v2/nothing": 404, "/v2/desk/orders/7": 403} {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.public+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Authorization", "Bearer "+p.token(t, "customer"))
			if r := sendBy(t, clientOf(t, roots, version), req); r.status != want {
				t.Errorf("by HTTP/%d, %s is answered with %d %s", version, path, r.status, r.body)
			}
		}
	}
}

// A raw route hands on what comes, byte by byte, whatever it is.
func TestARawRouteChangesNoByte(t *testing.T) {
	section, roots := certificate(t)
	o := newOther(t)
	o.answers(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", r.Header.Get("Content-Type"))
		w.Header().Set("Content-Encoding", r.Header.Get("Content-Encoding"))
		w.Header().Set("Trailer", "X-Sum")
		sum := sha256.New()
		_, _ = io.Copy(io.MultiWriter(w, sum), r.Body)
		w.Header().Set("X-Sum", hex.EncodeToString(sum.Sum(nil)))
	})
	route := "match: POST /echo\nupstream: other\nraw: true\nscopes: [\"users:read\"]\nmax_body: 8MiB"
	p := startBefore(t, recorded(t), with(withRoutes(o, route), "server", section))
	sent := make([]byte, 4<<20)
	chacha := rand.NewChaCha8([32]byte{7})
	_, _ = chacha.Read(sent)
	for version := 1; version <= 2; version++ {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.public+"/echo", bytes.NewReader(sent))
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range map[string]string{
			"Authorization": "Bearer " + p.token(t, "admin"), "Content-Type": "application/json", "Content-Encoding": "x-own",
		} {
			req.Header.Set(name, value)
		}
		res, err := clientOf(t, roots, version).Do(req)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || !bytes.Equal(got, sent) || res.Header.Get("Content-Encoding") != "x-own" {
			t.Errorf("by HTTP/%d, %d of %d bytes came, with the header %v: %v", version, len(got), len(sent), res.Header, err)
		}
		if want := fmt.Sprintf("%x", sha256.Sum256(sent)); res.Trailer.Get("X-Sum") != want {
			t.Errorf("by HTTP/%d, the trailers are %v", version, slices.Collect(maps.Keys(res.Trailer)))
		}
	}
}
