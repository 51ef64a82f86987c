package rest

import (
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/concierge-gateway/concierge/upstreams/record"
)

// group sorts the records of an answer by the key that each carries. Records nobody asked for are left out. The keys are sorted.
func group(body jsontext.Value, member string, keys []record.ID) (map[record.ID][]jsontext.Value, error) {
	records, err := split(body)
	if err != nil {
		return nil, err
	}
	found := make(map[record.ID][]jsontext.Value, len(keys))
	next := 0 // of this key and the later ones there was no record yet
	for i, each := range records {
		key, err := keyOf(each, member)
		if err != nil {
			return nil, err
		}
		at, wanted := place(keys, next, key)
		switch {
		case !wanted:
		case at < next && found[key] != nil:
			found[key] = append(found[key], each)
		default:
			found[key] = records[i : i+1 : i+1] // most keys have one record, which then takes no memory of its own
			next = max(next, at+1)
		}
	}
	return found, nil
}

// place finds a key among sorted ones. Most answers come in the order of the keys, so that the next one is the first guess.
func place(keys []record.ID, next int, key record.ID) (at int, found bool) {
	if next < len(keys) && keys[next] == key {
		return next, true
	}
	return slices.BinarySearch(keys, key)
}
