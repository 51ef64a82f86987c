package demo

import "slices"

// FirstQuery shows what the gateway is for: it joins all four services, and makes one call to each for a level.
const FirstQuery = `# One page, four services, one call to each of them for every level of the query.
# Look at the calls on the admin listener: /metrics, concierge_upstream_requests_total.
query RecentOrders($first: Int = 5) {
  me {
    name
    email
    orders(first: $first) {
      nodes {
        id
        status
        total {
          amount
          currency
        }
        items {
          quantity
          product {
            name
            price {
              amount
              currency
            }
          }
        }
        payment {
          status
          method
          cardLast4
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}
`

// Principal is somebody whom the demo has a token for.
type Principal struct {
	// Name is the role.
	Name string
	// ID is the id of a user in the sample data.
	ID string
	// Scopes are what the role may do.
	Scopes []string
}

// Principals are the roles that the demo shows: one without any scope, one that reads everything, one that may do everything.
func Principals() []Principal {
	support := []string{"users:read", "users:pii", "orders:read", "payments:read"}
	admin := slices.Concat(support, []string{"users:write", "orders:write", "products:write", "payments:refund", "gateway:trace"})
	return []Principal{
		{Name: "customer", ID: "7"},
		{Name: "support", ID: "2", Scopes: support},
		{Name: "admin", ID: "1", Scopes: admin},
	}
}
