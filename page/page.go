// Package page answers which part of a list a caller wants, and shows that part as a Relay connection.
//
// The services page by limit and offset, so a cursor is an offset that clients cannot read anything into.
package page

import (
	"github.com/concierge-gateway/concierge/upstreams/order"
	"github.com/concierge-gateway/concierge/upstreams/product"
	"github.com/concierge-gateway/concierge/upstreams/user"
)

// Connection is a page of a list, as https://relay.dev/graphql/connections.htm describes it, with nodes beside edges.
type Connection[T any] struct {
	nodes []*T
	place Place
}

// The connections of the schema.
type (
	UserConnection    = Connection[user.User]
	OrderConnection   = Connection[order.Order]
	ProductConnection = Connection[product.Product]
	UserEdge          = Edge[user.User]
	OrderEdge         = Edge[order.Order]
	ProductEdge       = Edge[product.Product]
)

// Edge is a node and its place.
type Edge[T any] struct {
	Node   *T
	offset int
}

// Cursor is the node's place: what to give as after to go on behind it.
func (e Edge[T]) Cursor() string { return cursor(e.offset) }

// NewConnection shows the records that answered a range. A record more than the page holds says that there is a next page.
func NewConnection[T any](r Range, records []*T) *Connection[T] {
	place, shown := r.Place(len(records))
	return &Connection[T]{nodes: records[:shown], place: place}
}

// Records are the nodes, whatever they are.
func (c *Connection[T]) Records() []any {
	records := make([]any, len(c.nodes))
	for i, node := range c.nodes {
		records[i] = node
	}
	return records
}

// Keep leaves out the nodes that are not wanted. Those that stay keep their places, and so does the page.
func (c *Connection[T]) Keep(wanted []bool) {
	nodes := make([]*T, 0, len(c.nodes))
	for i, node := range c.nodes {
		if wanted[i] {
			nodes = append(nodes, node)
		}
	}
	c.nodes = nodes
	c.place.Keep(wanted)
}

// Nodes are the records of the page.
func (c *Connection[T]) Nodes() []*T { return c.nodes }

// Edges are the records with their cursors.
func (c *Connection[T]) Edges() []*Edge[T] {
	edges := make([]*Edge[T], len(c.nodes))
	for i, node := range c.nodes {
		edges[i] = &Edge[T]{Node: node, offset: c.place.of(i)}
	}
	return edges
}

// PageInfo says where the page lies.
func (c *Connection[T]) PageInfo() *PageInfo { return c.place.Info() }
