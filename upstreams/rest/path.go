package rest

import (
	"net/url"
	"strconv"

	"github.com/concierge-gateway/concierge/upstreams/record"
)

// Path is the path of one record: Path("/users", 7) is /users/7.
func Path(collection string, id record.ID) string { return collection + "/" + id.String() }

// Window adds the part of a list that is wanted to a query, which may be nil.
func Window(query url.Values, offset, limit int) url.Values {
	if query == nil {
		query = url.Values{}
	}
	query.Set("offset", strconv.Itoa(offset))
	query.Set("limit", strconv.Itoa(limit))
	return query
}
