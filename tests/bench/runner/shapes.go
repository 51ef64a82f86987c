package main

import (
	"context"
	"fmt"
)

// The queries of other shapes than the headline, by what stands behind their peers' names.
const (
	shapeUsers  = "-users"
	shapeBuyers = "-buyers"
	shapeOrder  = "-order"
	shapeOwn    = "-own"
)

// ordered asks what each user of a page has ordered: three levels of lists.
func ordered(ctx context.Context, s *services) (workload, error) {
	return shaped(ctx, s, shapeUsers, "pages of 10 users with their orders, and those with their products, over GraphQL", shape{
		query: `query Users($cursor: String) { users(first: 10, after: $cursor) { nodes {
  id name orders(first: 3) { nodes { id status items { quantity product { id name } } } }
} } }`,
		list: "users", size: 10, count: 100, reference: userPage,
	}, []string{"user", "order", "product"})
}

// bought asks who bought the orders of a long page: one edge, many times.
func bought(ctx context.Context, s *services) (workload, error) {
	return shaped(ctx, s, shapeBuyers, "pages of 100 orders with who bought them, over GraphQL", shape{
		query: `query Buyers($cursor: String) { orders(first: 100, after: $cursor) { nodes {
  id status user { id name email }
} } }`,
		list: "orders", size: 100, count: 50, reference: buyers,
	}, []string{"order", "user"})
}

// single asks for one order with everything around it: few records, and many calls.
func single(ctx context.Context, s *services) (workload, error) {
	return shaped(ctx, s, shapeOrder, "orders with all that is around them, one by one, over GraphQL", shape{
		query: `query Order($id: ID!) { order(id: $id) {
  id status total { amount currency }
  user { id name email }
  items { quantity product { id name price { amount currency } } }
  payment { id status amount { amount currency } }
} }`,
		count: 1000, reference: oneOrder,
	}, serviceNames())
}

// own asks for what users have ordered, each for the own orders. The policy is asked of each record, and everything else that may
// stand in the way is there too.
func own(ctx context.Context, s *services) (workload, error) {
	q := shape{
		query: `query Own($id: ID!) { orders(first: 20, userId: $id) { nodes {
  id status total { amount currency }
  user { id name email }
  items { quantity product { id name price { amount currency } } }
  payment { id status amount { amount currency } }
} } }`,
		own: true, count: 250, reference: ownOrders,
	}
	want, err := q.references(ctx, s)
	if err != nil {
		return workload{}, err
	}
	const ours, least = nameConcierge + shapeOwn, nameFloor + shapeOwn
	return workload{
		title:     fmt.Sprintf("the own orders of %d users, who may see nothing else, over GraphQL", q.count),
		peers:     []peer{{name: least, command: floor}, {name: ours, command: policies, calls: serviceNames()}},
		bases:     []string{least},
		questions: func(ctx context.Context, s *server) ([]question, error) { return q.questions(ctx, s, want) },
	}, nil
}

// shaped asks the peers of GraphQL for a shape, which answer it with one call to each service at best. Their names say which
// shape it is, so that ONLY can choose one.
func shaped(ctx context.Context, s *services, suffix, title string, q shape, calls []string) (workload, error) {
	want, err := q.references(ctx, s)
	if err != nil {
		return workload{}, err
	}
	ours, theirs := nameConcierge+suffix, nameMercurius+suffix
	return workload{
		title: fmt.Sprintf("%d %s", q.count, title),
		peers: []peer{
			{name: nameFloor + suffix, command: floor},
			{name: ours, command: concierge, calls: calls},
			{name: namePlain + suffix, command: plain},
			onNode(nameMercurius, suffix),
			onNode(nameApollo, suffix),
		},
		bases: []string{nameFloor + suffix, namePlain + suffix, theirs},
		targets: []target{
			{peer: ours, most: 1.0 / 7, aim: 0.1, of: theirs, figure: processorTimes(), connections: 64},
		},
		questions: func(ctx context.Context, s *server) ([]question, error) { return q.questions(ctx, s, want) },
	}, nil
}
