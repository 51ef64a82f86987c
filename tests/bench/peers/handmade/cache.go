package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// cache answers from memory for as long as the service allows.
type cache struct {
	service string
	client  *http.Client
	now     func() time.Time

	mu   sync.RWMutex
	kept map[string]*answer // by path
}

// answer is what the service said. It does not change.
type answer struct {
	body                     []byte
	media, says, tag, length []string // fields of the header
	came, until              time.Time
}

// ServeHTTP answers a GET.
func (c *cache) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/v1")
	c.mu.RLock()
	a := c.kept[path]
	c.mu.RUnlock()
	now := c.now()
	if a == nil || !now.Before(a.until) {
		var err error
		if a, err = c.fill(r.Context(), path, a); err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
	}
	a.write(w, r, now)
}

// fill asks the service, whether what was kept is still good where there is something, and keeps what it says.
func (c *cache) fill(ctx context.Context, path string, old *answer) (*answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.service+path, http.NoBody)
	if err != nil {
		return nil, err
	}
	if old != nil && old.tag != nil {
		req.Header["If-None-Match"] = old.tag
	}
	res, err := c.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	switch {
	case err != nil:
		return nil, err
	case res.StatusCode == http.StatusNotModified && old != nil:
		body = old.body
	case res.StatusCode != http.StatusOK:
		return nil, errors.New("the service answers " + res.Status)
	}
	a := c.answerOf(res.Header, body)
	c.mu.Lock()
	c.kept[path] = a
	c.mu.Unlock()
	return a, nil
}

func (c *cache) answerOf(header http.Header, body []byte) *answer {
	a := &answer{
		body: body, media: []string{"application/json"}, says: header["Cache-Control"], tag: header["Etag"],
		length: []string{strconv.Itoa(len(body))}, came: c.now(),
	}
	a.until = a.came.Add(maxAge(header.Get("Cache-Control")))
	return a
}

// maxAge is how long an answer is good.
func maxAge(says string) time.Duration {
	for directive := range strings.SplitSeq(says, ",") {
		digits, ok := strings.CutPrefix(strings.TrimSpace(directive), "max-age=")
		if seconds, err := strconv.Atoi(digits); ok && err == nil {
			return time.Duration(seconds) * time.Second
		}
	}
	return 0
}

// write answers, by 304 where the client has the answer.
func (a *answer) write(w http.ResponseWriter, r *http.Request, now time.Time) {
	header := w.Header()
	header["Age"] = []string{strconv.Itoa(int(now.Sub(a.came).Seconds()))}
	if a.says != nil {
		header["Cache-Control"] = a.says
	}
	if a.tag != nil {
		header["Etag"] = a.tag
		if r.Header.Get("If-None-Match") == a.tag[0] {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	header["Content-Type"], header["Content-Length"] = a.media, a.length
	_, _ = w.Write(a.body) // a client that has gone cannot be told so
}
