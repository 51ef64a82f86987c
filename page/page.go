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
	nodes  []*T
	places []int // of the nodes in the list; nil where none was left out
	count  int   // how many there were before any was left out
	offset int
	more   bool
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

// PageInfo is where a page lies in the whole.
type PageInfo struct {
	HasNextPage     bool
	HasPreviousPage bool
	StartCursor     *string
	EndCursor       *string
}

// NewConnection shows the records that answered a range. A record more than the page holds says that there is a next page.
func NewConnection[T any](r Range, records []*T) *Connection[T] {
	c := &Connection[T]{nodes: records, offset: r.Offset}
	if len(records) > r.First {
		c.nodes, c.more = records[:r.First], true
	}
	c.count = len(c.nodes)
	return c
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
	nodes, places := make([]*T, 0, len(c.nodes)), make([]int, 0, len(c.nodes))
	for i, node := range c.nodes {
		if wanted[i] {
			nodes, places = append(nodes, node), append(places, c.place(i))
		}
	}
	c.nodes, c.places = nodes, places
}

// place is where a node stands in the whole list.
func (c *Connection[T]) place(i int) int {
	if c.places != nil {
		return c.places[i]
	}
	return c.offset + i
}

// Nodes are the records of the page.
func (c *Connection[T]) Nodes() []*T { return c.nodes }

// Edges are the records with their cursors.
func (c *Connection[T]) Edges() []*Edge[T] {
	edges := make([]*Edge[T], len(c.nodes))
	for i, node := range c.nodes {
		edges[i] = &Edge[T]{Node: node, offset: c.place(i)}
	}
	return edges
}

// PageInfo says where the page lies.
func (c *Connection[T]) PageInfo() *PageInfo {
	info := &PageInfo{HasNextPage: c.more, HasPreviousPage: c.offset > 0}
	if c.count > 0 {
		first, last := cursor(c.offset), cursor(c.offset+c.count-1)
		info.StartCursor, info.EndCursor = &first, &last
	}
	return info
}
