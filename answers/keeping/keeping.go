// Package keeping answers what a client, and the caches on the way to it, are told of keeping an answer: for how long, for whom,
// and by which tag they can ask for it again.
package keeping

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Terms are what is to be said of one answer. The zero Terms let nobody keep it.
type Terms struct {
	// Age is how long ago the answer was made, and Fresh how long it may be used from then on. Parts of a second do not count.
	Age, Fresh time.Duration
	// StaleWhile is for how long after that it may be used while it is asked for anew (RFC 5861).
	StaleWhile time.Duration
	// Tag is the entity tag of the answer, as TagOf makes it. Where it is empty, it is made of Data.
	Tag  string
	Data []byte
	// Everybody reports whether the answer is the same for everybody.
	Everybody bool
	// Found reports whether the answer was kept here.
	Found bool
	// Status is a member of Cache-Status (RFC 9211), empty where nothing is to be said.
	Status string
	// Door is what the answer leaves by.
	Door *Door
}

// Door is what holds for all answers that leave by one door.
type Door struct {
	// Open lets callers without a name in, from anywhere. What is the same for everybody may only then be kept by caches in between:
	// they do not ask who somebody is.
	Open bool
	// Vary are the header fields by which answers differ, and Credentials those by which callers prove who they are.
	Vary, Credentials []string
}

// Tell says in the header of an answer how it may be kept. has reports whether the client has that answer already, as it says:
// then 304 is all that there is to answer. A request that is not for reading gets what nobody may keep.
func (t *Terms) Tell(header http.Header, r *http.Request) (has bool) {
	if t.Status != "" {
		header["Cache-Status"] = append(header["Cache-Status"], t.Status)
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead || t.Fresh < time.Second || t.Door == nil {
		header["Cache-Control"] = []string{"no-store"}
		return false
	}
	if t.Tag == "" {
		t.Tag = TagOf(t.Data)
	}
	said := make([]string, 3) // one piece of memory for all fields
	said[0], said[1] = t.Tag, t.control()
	header["Etag"], header["Cache-Control"] = said[0:1:1], said[1:2:2]
	vary(header, t.Door.Vary)
	if !t.public() {
		vary(header, t.Door.Credentials)
	}
	if t.Found {
		said[2] = seconds(max(t.Age, 0))
		header["Age"] = said[2:3:3]
	}
	return matches(r.Header["If-None-Match"], t.Tag)
}

func (t *Terms) public() bool { return t.Everybody && t.Door.Open }

// control is the value of Cache-Control. A cache that asks anew in the background does so with the credentials of whoever came
// last, so that only what is the same for everybody may be used meanwhile.
func (t *Terms) control() string {
	if !t.public() {
		return "private, max-age=" + seconds(t.Fresh)
	}
	said := "public, max-age=" + seconds(t.Fresh)
	if t.StaleWhile >= time.Second {
		said += ", stale-while-revalidate=" + seconds(t.StaleWhile)
	}
	return said
}

func seconds(d time.Duration) string { return strconv.FormatInt(int64(d/time.Second), 10) }

// vary adds names that are not there yet.
func vary(header http.Header, names []string) {
	for _, name := range names {
		if !lists(header["Vary"], name) {
			header["Vary"] = append(header["Vary"], name)
		}
	}
}

func lists(values []string, name string) bool {
	for _, value := range values {
		for each := range strings.SplitSeq(value, ",") {
			if strings.EqualFold(strings.TrimSpace(each), name) {
				return true
			}
		}
	}
	return false
}

// TagOf is the entity tag of an answer with some data. It is weak: the answer also goes out compressed, and in more than one
// media type.
func TagOf(data []byte) string {
	sum := sha256.Sum256(data)
	var room [32]byte
	text := append(room[:0], `W/"`...)
	text = base64.RawURLEncoding.AppendEncode(text, sum[:18])
	return string(append(text, '"'))
}

// matches compares a tag of ours with those of If-None-Match, weakly (RFC 9110, section 13.1.2). Ours have no commas, so what
// lies between commas is ours or nobody's.
func matches(fields []string, tag string) bool {
	opaque := strings.TrimPrefix(tag, "W/")
	for _, field := range fields {
		for each := range strings.SplitSeq(field, ",") {
			each = strings.TrimSpace(each)
			if each == "*" || strings.TrimPrefix(each, "W/") == opaque {
				return true
			}
		}
	}
	return false
}
