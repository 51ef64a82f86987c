package upstreams

import (
	"maps"
	"slices"

	"github.com/concierge-gateway/concierge/upstreams/transport/cache"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/changes"
)

// collection is where a service's records are, and by which members beside their own ids they are found.
type collection struct {
	path    string
	members []string
}

// collectionOf is what the clients ask a service for. Of a service that there is no client for, nothing is known.
func collectionOf(service string) collection {
	switch service {
	case "user":
		return collection{path: "/users"}
	case "order":
		return collection{path: "/orders", members: []string{"user_id"}}
	case "product":
		return collection{path: "/products"}
	case "payment":
		return collection{path: "/payments", members: []string{"order_id"}}
	default:
		return collection{}
	}
}

// Collection is the path of a service's records, each of which is below it by its id. It is empty where there is no client.
func Collection(service string) string { return collectionOf(service).path }

// touches are members of a service's records that name the records of others which a write changes as well, by the others'
// names: a payment settles its order, and an order takes its products out of stock.
func touches(service string) map[string][]string {
	switch service {
	case "order":
		return map[string][]string{"product": {"items/product_id"}}
	case "payment":
		return map[string][]string{"order": {"order_id"}}
	default:
		return nil
	}
}

// knowledge is by what it is found out what a write of a service has changed.
func knowledge(service string, config cache.Config) changes.Knowledge {
	own := collectionOf(service)
	known := changes.Knowledge{Service: service, Collection: own.path, Members: own.members}
	for _, other := range slices.Sorted(maps.Keys(config.Touches)) {
		known.Touches = append(known.Touches, changes.Touch{
			Service: other, Collection: collectionOf(other).path, Members: config.Touches[other],
		})
	}
	return known
}
