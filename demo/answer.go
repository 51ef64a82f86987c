package demo

import (
	"net/http"
	"strconv"
	"strings"
)

// What caches may do with an answer: products are the same for everybody, all else is somebody's own.
const (
	cachePublic  = "public, max-age=60"
	cachePrivate = "private, max-age=5"
	cacheNever   = "no-store"
)

// answer is what an operation has to say.
type answer struct {
	status   int
	body     []byte
	tag      string // the ETag; empty where the answer cannot be asked for again
	cache    string
	location string
}

// found is the answer to a read of one record.
func found(record rendered, cache string) answer {
	return answer{status: http.StatusOK, body: record.json, tag: tag(record.hash), cache: cache}
}

// list is the answer to a read of many.
func list(records []rendered, cache string) answer {
	size := 2 + len(records)
	for _, record := range records {
		size += len(record.json)
	}
	body := append(make([]byte, 0, size), '[')
	hash := uint64(len(records))
	for i, record := range records {
		if i > 0 {
			body = append(body, ',')
		}
		body = append(body, record.json...)
		hash = (hash ^ record.hash) * 0x100000001b3 // FNV-1a over the records' hashes instead of all their bytes
	}
	return answer{status: http.StatusOK, body: append(body, ']'), tag: tag(hash), cache: cache}
}

// created is the answer to a write that made a record.
func created(record rendered, location string, id int64) answer {
	location += strconv.FormatInt(id, 10)
	return answer{status: http.StatusCreated, body: record.json, cache: cacheNever, location: location}
}

// changed is the answer to a write that changed a record.
func changed(record rendered) answer {
	return answer{status: http.StatusOK, body: record.json, cache: cacheNever}
}

func tag(hash uint64) string { return `"` + strconv.FormatUint(hash, 16) + `"` }

// write puts the answer on the wire, or says that the client has it already. net/http leaves the body away where the method is
// HEAD.
func (a answer) write(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Cache-Control", a.cache)
	if a.tag != "" {
		header.Set("ETag", a.tag)
		if has(r.Header.Values("If-None-Match"), a.tag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	if a.location != "" {
		header.Set("Location", a.location)
	}
	header.Set("Content-Type", "application/json")
	header.Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // a client that has gone cannot be told so
}

// has compares weakly, as RFC 9110 asks of If-None-Match: W/"1" matches "1".
func has(conditions []string, tag string) bool {
	for _, condition := range conditions {
		for each := range strings.SplitSeq(condition, ",") {
			each = strings.TrimSpace(each)
			if each == "*" || strings.TrimPrefix(each, "W/") == tag {
				return true
			}
		}
	}
	return false
}
