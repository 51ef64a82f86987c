package tests

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// people is a route to the other service that renames and leaves out.
const people = `match: GET /people
upstream: other
expose: [id, username]
rename: {username: user_name}
`

// peopleBy runs a gateway with TLS before a service that answers /people, and returns what asks for it by a version of HTTP.
func peopleBy(t *testing.T, service http.HandlerFunc) (p *program, ask func(t *testing.T, version int, query string) *http.Response) {
	t.Helper()
	section, roots := certificate(t)
	o := newOther(t)
	o.answers(service)
	p = startBefore(t, recorded(t), with(withRoutes(o, people), "server", section))
	return p, func(t *testing.T, version int, query string) *http.Response {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		t.Cleanup(cancel)
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.public+"/people?"+query, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+p.token(t, "customer"))
		req.Header.Set("Accept-Encoding", "identity")
		res, err := clientOf(t, roots, version).Do(req)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { res.Body.Close() })
		return res
	}
}

// person is a record as the service has it.
func person(id int) string {
	return fmt.Sprintf(`{"id": %d, "password_hash": "canary", "username": "user-%d", "extra": {"id": 1.10}}`, id, id)
}

// reader takes records out of a list as they come.
type reader struct {
	*json.Decoder

	read int
}

// next checks that the next n records have come, and are as they should be.
func (r *reader) next(t *testing.T, n int) {
	t.Helper()
	for range n {
		r.read++
		var record json.RawMessage
		if err := r.Decode(&record); err != nil {
			t.Fatalf("record %d does not come: %v", r.read, err)
		}
		if want := fmt.Sprintf(`{"id":%d,"user_name":"user-%d"}`, r.read, r.read); string(record) != want {
			t.Fatalf("record %d is %s, want %s", r.read, record, want)
		}
	}
}

// Nobody waits for the end of a list: what the service has sent has arrived while it still works on the rest.
func TestRecordsArriveWhileTheServiceStillSends(t *testing.T) {
	const all, early = 10_000, 3
	for version := 1; version <= 2; version++ {
		t.Run(fmt.Sprintf("HTTP/%d", version), func(t *testing.T) {
			seen := make(chan struct{})
			_, ask := peopleBy(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				out := bufio.NewWriter(w)
				for id := 1; id <= all; id++ {
					fmt.Fprintf(out, "%c%s", "[,"[min(id-1, 1)], person(id))
					if id != early {
						continue
					}
					_ = out.Flush()
					_ = http.NewResponseController(w).Flush()
					select {
					case <-seen:
					case <-r.Context().Done():
						return
					}
				}
				_, _ = out.WriteString("]")
				_ = out.Flush()
			})
			res := ask(t, version, "")
			records := &reader{Decoder: json.NewDecoder(res.Body)}
			if open, err := records.Token(); err != nil || open != json.Delim('[') {
				t.Fatalf("the answer begins with %v, %v", open, err)
			}
			records.next(t, early)
			close(seen)
			records.next(t, all-early)
			if end, err := records.Token(); err != nil || end != json.Delim(']') {
				t.Errorf("the answer ends with %v, %v", end, err)
			}
			if _, err := res.Body.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
				t.Errorf("behind the list there is %v", err)
			}
		})
	}
}

// Of an answer that is filtered and renamed, a record is in memory, and not all of them. What is in use is looked at whenever the
// client has what the service has sent.
func TestAnAnswerOfAHundredMegabytesIsNotHeld(t *testing.T) {
	const parts, most = 10, 2 << 20
	record := []byte(`,{"id": 7, "notes": "` + strings.Repeat("left out ", 1000) + `", "username": "` + strings.Repeat("shown ", 200) + `"}`)
	records := (10 << 20) / len(record)
	looked := make(chan struct{})
	_, ask := peopleBy(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, "[null")
		for range parts {
			for range records {
				_, _ = w.Write(record)
			}
			_ = http.NewResponseController(w).Flush()
			select {
			case <-looked:
			case <-r.Context().Done():
			}
		}
		_, _ = io.WriteString(w, "]")
	})
	res := ask(t, 1, "")
	shown := len(`,{"id":7,"user_name":"`) + 200*len("shown ") + len(`"}`)
	var before uint64
	for part := range parts {
		length := int64(records * shown)
		if part == 0 {
			length += int64(len("[null"))
		}
		if n, err := io.CopyN(io.Discard, res.Body, length); err != nil {
			t.Fatalf("after %d bytes of part %d: %v", n, part, err)
		}
		switch now := live(); {
		case part == 0:
			before = now
		case now > before+most:
			t.Errorf("after the first part %d bytes are in use, and %d after part %d", before, now, part+1)
		}
		looked <- struct{}{}
	}
	if end, err := io.ReadAll(res.Body); string(end) != "]" || err != nil {
		t.Errorf("it ends with %q, %v", end, err)
	}
}

// beginnings are those of lists: of one that still fits into what is held back, and of one that does not.
func beginnings() map[string]string {
	return map[string]string{"short": "[" + person(1), "long": "[" + person(1) + strings.Repeat(","+person(2), 2000)}
}

// What a service breaks off, or what is no JSON any more, is never a whole answer. Where nothing was sent yet, it is a problem.
func TestAnAnswerThatGoesWrongIsNeverAWholeOne(t *testing.T) {
	ends := map[string]struct{ rest, reason string }{
		"no JSON":         {`,{"id": 1 2}]`, "invalid_json"},
		"a name twice":    {`,{"id": 1, "id": 2}]`, "invalid_json"},
		"no end":          {`,{"id": 1}`, "invalid_json"},
		"more behind it":  {`] []`, "invalid_json"},
		"not UTF-8":       {",{\"id\": \"\xff\"}]", "invalid_json"},
		"too deep":        {`,{"id": ` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + `}]`, "invalid_json"},
		"a large record":  {`,{"id": "` + strings.Repeat("x", 2<<20) + `"}]`, "too_large"},
		"a lost one":      {"", "broke_off"},
		"and left out":    {`,{"secret": tru}]`, "invalid_json"},
		"a large unknown": {`,{"secret": "` + strings.Repeat("x", 2<<20) + `"}]`, "too_large"},
	}
	waits := make(chan struct{}, 1)
	p, ask := peopleBy(t, func(w http.ResponseWriter, r *http.Request) {
		length, name := r.URL.Query().Get("length"), r.URL.Query().Get("end")
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, beginnings()[length])
		if length == "long" {
			_ = http.NewResponseController(w).Flush()
			select { // until the client has the beginning
			case <-waits:
			case <-r.Context().Done():
			}
		}
		if ends[name].rest == "" {
			panic(http.ErrAbortHandler)
		}
		_, _ = io.WriteString(w, ends[name].rest)
	})
	for name, end := range ends {
		metric := fmt.Sprintf(`concierge_rest_unusable_answers_total{reason=%q,route="GET /people"}`, end.reason)
		for version := 1; version <= 2; version++ {
			t.Run(fmt.Sprintf("%s/HTTP/%d", name, version), func(t *testing.T) {
				before := counted(t, p, metric)
				if early := end.rest != "" && len(end.rest) < 1<<10; early { // all of it comes at once
					res := ask(t, version, url.Values{"end": {name}, "length": {"short"}}.Encode())
					isRefused(t, res)
					before++
				}
				res := ask(t, version, url.Values{"end": {name}, "length": {"long"}}.Encode())
				waits <- struct{}{}
				breaksOff(t, res)
				eventually(t, metric+" is not counted", func() bool { return counted(t, p, metric) == before+1 })
			})
		}
	}
}

// isRefused checks that an answer is a problem.
func isRefused(t *testing.T, res *http.Response) {
	t.Helper()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	refusal{502, problemJSON, "UPSTREAM_ERROR", "", ""}.check(t, reply{res.StatusCode, res.Header, body})
	saysNothingOf(t, string(body), "canary")
}

// breaksOff checks that an answer has begun, and does not come to its end.
func breaksOff(t *testing.T, res *http.Response) {
	t.Helper()
	body, err := io.ReadAll(res.Body)
	if err == nil || json.Valid(body) {
		t.Errorf("it is whole: %d %.100s", res.StatusCode, body)
	}
	if !strings.HasPrefix(string(body), `[{"id":1,"user_name":"user-1"}`) {
		t.Errorf("it begins with %d %.100s", res.StatusCode, body)
	}
	saysNothingOf(t, string(body), "canary", "xxxx")
}
