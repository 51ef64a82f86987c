package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/concierge-gateway/concierge/problem"
)

// How long a browser may keep a file without asking.
const (
	revalidate = "no-cache"
	immutable  = "public, max-age=31536000, immutable" // for names that hold the hash of the content
)

// files are what is served, by path.
type files map[string]file

// ServeHTTP answers GET and HEAD.
func (f files) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Security-Policy", contentSecurityPolicy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	file, ok := f[r.URL.Path]
	if !ok {
		problem.Write(w, problem.New(problem.NotFound, ""))
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		header.Set("Allow", "GET, HEAD")
		problem.Write(w, problem.New(problem.MethodNotAllowed, ""))
		return
	}
	file.serve(w, r)
}

// add takes the files of a folder of dist, but not of the folders in it. Reading what is embedded cannot fail.
func (f files) add(prefix, folder, cacheControl string) {
	names, _ := fs.Glob(dist, folder+"/*.gz")
	for _, name := range names {
		gzipped, _ := dist.ReadFile(name)
		name = strings.TrimSuffix(path.Base(name), ".gz")
		f[prefix+name] = newFile(name, gzipped, cacheControl)
	}
}

// file is kept compressed, as nearly every client takes it.
type file struct {
	gzipped      []byte
	hash         string
	contentType  string
	cacheControl string
}

func newFile(name string, gzipped []byte, cacheControl string) file {
	sum := sha256.Sum256(gzipped)
	return file{
		gzipped:      gzipped,
		hash:         hex.EncodeToString(sum[:12]),
		contentType:  contentType(name),
		cacheControl: cacheControl,
	}
}

// serve leaves conditions, ranges and HEAD to net/http. The two forms have different bytes, so different strong tags.
func (f file) serve(w http.ResponseWriter, r *http.Request) {
	content, tag := f.gzipped, f.hash+"-gzip"
	header := w.Header()
	header.Add("Vary", "Accept-Encoding")
	if acceptsGzip(r.Header) {
		header.Set("Content-Encoding", "gzip")
	} else {
		content, tag = decompress(f.gzipped), f.hash
	}
	header.Set("Content-Type", f.contentType)
	header.Set("Cache-Control", f.cacheControl)
	header.Set("ETag", strconv.Quote(tag))
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

// contentType does not ask package mime, which reads the machine's own tables.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".json":
		return "application/json"
	case ".svg":
		return "image/svg+xml"
	case ".ttf":
		return "font/ttf"
	case ".txt":
		return "text/plain; charset=utf-8"
	default:
		return "application/octet-stream"
	}
}

// compress writes to memory, and decompress reads what this program compressed: neither can fail.
func compress(plain []byte) []byte {
	var gzipped bytes.Buffer
	writer := gzip.NewWriter(&gzipped)
	_, _ = writer.Write(plain)
	_ = writer.Close()
	return gzipped.Bytes()
}

func decompress(gzipped []byte) []byte {
	reader, err := gzip.NewReader(bytes.NewReader(gzipped))
	if err != nil {
		return nil
	}
	plain, _ := io.ReadAll(reader)
	return plain
}

// acceptsGzip reads Accept-Encoding as RFC 9110, section 12.5.3: gzip by its own name, else by the asterisk. Without the
// header anything may be sent, but what sends none is seldom able to decompress.
func acceptsGzip(header http.Header) bool {
	others := false
	for item := range strings.SplitSeq(strings.Join(header.Values("Accept-Encoding"), ","), ",") {
		coding, parameter, _ := strings.Cut(item, ";")
		switch strings.ToLower(strings.TrimSpace(coding)) {
		case "gzip", "x-gzip":
			return wanted(parameter)
		case "*":
			others = wanted(parameter)
		}
	}
	return others
}

// wanted tells whether a weight such as q=0.5 is above zero. No weight is 1.
func wanted(parameter string) bool {
	value, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(parameter)), "q=")
	if !ok {
		return true
	}
	weight, err := strconv.ParseFloat(value, 64)
	return err == nil && weight > 0
}
