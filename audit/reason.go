package audit

// Reason is why something was denied. There are no others than these; whatever else is given for one shows as "other".
type Reason string

// The reasons.
const (
	// Unauthenticated is a caller without a name where one is needed.
	Unauthenticated Reason = "unauthenticated"
	// Forbidden is a caller who lacks a scope.
	Forbidden Reason = "forbidden"
	// NotOwner is a record of somebody else's. The caller is answered as if it did not exist.
	NotOwner Reason = "not_owner"
	// Invalid is a credential that nobody issued for here.
	Invalid Reason = "invalid"
	// Expired is a credential that was good once.
	Expired Reason = "expired"
	// Revoked is a credential that was taken back.
	Revoked Reason = "revoked"
	// Unavailable is a credential of which nobody could say whether it is good.
	Unavailable Reason = "unavailable"
	// Network is a caller from an address that may not ask for this.
	Network Reason = "network"
	// CrossSite is a request that a browser sent for a page that may not send it.
	CrossSite Reason = "cross_site"
)

// label is the reason as metrics and lines show it. It is one of the above whatever the reason is.
func (r Reason) label() string {
	switch r {
	case Unauthenticated, Forbidden, NotOwner, Invalid, Expired, Revoked, Unavailable, Network, CrossSite:
		return string(r)
	default:
		return other
	}
}
