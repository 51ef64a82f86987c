package changes

import (
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/concierge-gateway/concierge/upstreams/record"
)

// Bounds of what is read of a body. What is more counts as not known.
const (
	maxRecords = 256 // of one answer
	maxIDs     = 256 // that one path of one record leads to
)

// ownID is the member of a record that holds its own id.
const ownID = "id"

// object is a record as JSON, by its members.
type object map[string]jsontext.Value

// objects reads a record, or a list of them. They are not ok where that is not all that there is, or none.
func objects(body []byte) (records []object, ok bool) {
	if len(body) == 0 || len(body) > MaxBody {
		return nil, false
	}
	switch text := jsontext.Value(body); text.Kind() {
	case '{':
		records = make([]object, 1)
		return records, json.Unmarshal(text, &records[0]) == nil
	case '[':
		if json.Unmarshal(text, &records) != nil || len(records) == 0 || len(records) > maxRecords {
			return nil, false
		}
		return records, true
	default:
		return nil, false
	}
}

// answered are the records of an answer that says what was done.
func (w *Write) answered() (records []object, ok bool) {
	if w.Status < http.StatusOK || w.Status >= http.StatusBadRequest {
		return nil, false
	}
	return objects(w.Answer)
}

// answeredOne is the record that a write is about, if that is what was answered.
func (p placed) answeredOne() (one object, ok bool) {
	records, ok := p.answered()
	if !ok || len(records) != 1 {
		return nil, false
	}
	id, ok := records[0].id()
	return records[0], ok && id == p.id
}

// leaves reports whether a body gives none of these members a value. Some services read names in any case. A body that is no
// object, such as a list of changes, may do anything.
func leaves(body []byte, members []string) bool {
	if len(body) == 0 {
		return true
	}
	records, ok := objects(body)
	if !ok || body[0] == '[' {
		return false
	}
	for name := range records[0] {
		for _, each := range members {
			if strings.EqualFold(name, each) {
				return false
			}
		}
	}
	return true
}

// id is the record's own.
func (o object) id() (id int64, ok bool) {
	ids, ok := o.ids(ownID)
	if !ok || len(ids) != 1 {
		return 0, false
	}
	return ids[0], true
}

// ids are those that a path of members leads to, such as items/product_id, through all elements of arrays. A null leads to none.
// They are not ok where a member is not there, or holds something else.
func (o object) ids(path string) (ids []int64, ok bool) {
	first, rest, _ := strings.Cut(path, "/")
	value, ok := o[first]
	if !ok || !follow(value, rest, &ids) {
		return nil, false
	}
	return ids, true
}

// follow adds the ids that a path leads to from a value.
func follow(value jsontext.Value, path string, ids *[]int64) (ok bool) {
	switch value.Kind() {
	case 'n':
		return true
	case '[':
		var elements []jsontext.Value
		if json.Unmarshal(value, &elements) != nil {
			return false
		}
		for _, each := range elements {
			if each.Kind() == '[' || !follow(each, path, ids) {
				return false
			}
		}
		return true
	case '{':
		var inner object
		if path == "" || json.Unmarshal(value, &inner) != nil {
			return false
		}
		more, ok := inner.ids(path)
		*ids = append(*ids, more...)
		return ok && len(*ids) <= maxIDs
	default:
		id, err := record.ParseID(string(value))
		*ids = append(*ids, int64(id))
		return err == nil && path == "" && len(*ids) <= maxIDs
	}
}
