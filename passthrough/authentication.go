package passthrough

// Authentication is who finds out who a route's callers are.
type Authentication string

// Who finds that out. The zero value is ByGateway.
const (
	ByGateway Authentication = "gateway"
	ByService Authentication = "service"
)

// authentication checks who finds out who calls. Where it is the service, the gateway knows nobody: no rule of the schema can be
// asked, no scope, and nothing can be made of who the caller is.
func (c *compiler) authentication() {
	r := c.route
	switch r.Authentication {
	case "", ByGateway:
		return
	case ByService:
	default:
		c.fail("authentication", "must be gateway or service")
		return
	}
	if !r.Raw || !r.Public {
		c.fail("authentication", "can only be the service's on a raw and public route: what others show depends on the caller")
	}
	if r.namesCaller() {
		c.fail("authentication", "is the service's, so there is nobody of whom {identity.id} and {identity.scopes} could tell")
	}
}

// unnamed reports whether the gateway leaves it to the service who calls.
func (r *route) unnamed() bool { return r.Authentication == ByService }
