package middleware

import "net/http"

// Door is a way into the gateway.
type Door int

// The doors. A request that no route answers has come through none.
const (
	DoorNone Door = iota
	DoorGraphQL
	DoorREST
	DoorMCP
	DoorPage
	DoorAdmin
	doors // how many there are
)

// String is the door as logs and metrics name it.
func (d Door) String() string {
	switch d {
	case DoorGraphQL:
		return "graphql"
	case DoorREST:
		return "rest"
	case DoorMCP:
		return "mcp"
	case DoorPage:
		return "page"
	case DoorAdmin:
		return "admin"
	default:
		return "none"
	}
}

// AtDoor says that what it wraps is behind door, and does not count it: it is not being answered for as long as it lasts.
func AtDoor(door Door) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			RecordFrom(r.Context()).setDoor(door)
			next.ServeHTTP(w, r)
		})
	}
}

// EnterDoor says that what it wraps is behind door, and counts who is in there.
func EnterDoor(door Door, metrics *Metrics) func(http.Handler) http.Handler {
	inFlight := metrics.doors[door].inFlight
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			RecordFrom(r.Context()).setDoor(door)
			inFlight.Inc()
			defer inFlight.Dec()
			next.ServeHTTP(w, r)
		})
	}
}
