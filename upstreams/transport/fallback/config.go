package fallback

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/concierge-gateway/concierge/upstreams/transport/route"
)

// Config says what answers in the place of a service that does not.
type Config struct {
	// URLs are the base URLs of another service that gives the same answers, such as a replica for reading. Static answers go
	// first.
	URLs []string `yaml:"urls"`
	// Static are fixed answers to reads.
	Static []Static `yaml:"static"`
}

// Static is one fixed answer.
type Static struct {
	// Match says which reads it answers, such as GET /products or GET /users/{id}. The most specific entry counts.
	Match string `yaml:"match"`
	// Status is the answer's. 0 is 200.
	Status int `yaml:"status"`
	// Body is the answer's, as the service would write it.
	Body string `yaml:"body"`
	// ContentType is the media type of the body. Empty is application/json.
	ContentType string `yaml:"content_type"`
}

// Validate reports fixed answers that no call would get, or that nobody could read.
func (c Config) Validate(fail func(path, message string)) {
	var table route.Table[Static]
	for i, each := range c.Static {
		path := fmt.Sprintf("static[%d]", i)
		if method, _, _ := strings.Cut(each.Match, " "); method != http.MethodGet && method != http.MethodHead {
			fail(path+".match", "must begin with GET or HEAD: nothing else can be answered without the service")
		} else if err := table.Add(each.Match, each); err != nil {
			fail(path+".match", "is no pattern of a call: "+err.Error())
		}
		if each.Status != 0 && (each.Status < 200 || each.Status > 499) {
			fail(path+".status", "must lie between 200 and 499")
		}
		if each.mediaType() == typeJSON && !json.Valid([]byte(each.Body)) {
			fail(path+".body", "is not JSON")
		}
	}
}

const typeJSON = "application/json"

func (s Static) mediaType() string {
	if s.ContentType == "" {
		return typeJSON
	}
	return s.ContentType
}
