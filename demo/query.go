package demo

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// The bounds of a page.
const (
	defaultLimit = 20
	maxLimit     = 1000
)

// page is a part of a list.
type page struct{ offset, limit int }

// parseQuery reads a query that may have one of the selectors, which exclude each other.
func parseQuery(r *http.Request, selectors ...string) (url.Values, error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, badRequest("the query cannot be decoded")
	}
	var given []string
	for _, name := range selectors {
		if query.Has(name) {
			given = append(given, name)
		}
	}
	if len(given) > 1 {
		return nil, badRequest(strings.Join(given, " and ") + " exclude each other")
	}
	return query, nil
}

// keys reads a list of ids, as ids=1,2 or ids=1&ids=2.
func keys(query url.Values, name string, most int) ([]int64, error) {
	var ids []int64
	for _, value := range query[name] {
		if value == "" {
			continue
		}
		for key := range strings.SplitSeq(value, ",") {
			id, err := strconv.ParseInt(key, 10, 64)
			if err != nil {
				return nil, badRequest(fmt.Sprintf("%s: %q is not an id", name, key))
			}
			if ids = append(ids, id); len(ids) > most {
				return nil, badRequest(fmt.Sprintf("%s: more than %d keys", name, most))
			}
		}
	}
	return ids, nil
}

// pageOf reads offset and limit.
func pageOf(query url.Values) (page, error) {
	offset, err := number(query, "offset", 0)
	if err != nil || offset < 0 {
		return page{}, badRequest("offset must be a whole number from 0")
	}
	limit, err := number(query, "limit", defaultLimit)
	if err != nil || limit < 1 || limit > maxLimit {
		return page{}, badRequest(fmt.Sprintf("limit must be a whole number from 1 to %d", maxLimit))
	}
	return page{offset: offset, limit: limit}, nil
}

func number(query url.Values, name string, missing int) (int, error) {
	if !query.Has(name) {
		return missing, nil
	}
	return strconv.Atoi(query.Get(name))
}

// of is the page's part of ids.
func (p page) of(ids []int64) []int64 {
	ids = ids[min(p.offset, len(ids)):]
	return ids[:min(p.limit, len(ids))]
}

// pathID reads the id of the path. What is no number is the id of nothing, as 0 is.
func pathID(r *http.Request) int64 {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return 0
	}
	return id
}
