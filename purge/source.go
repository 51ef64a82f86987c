package purge

// Source is what made a purge.
type Source string

// The sources.
const (
	// ByWrite is of a write that went through the gateway.
	ByWrite Source = "write"
	// ByGroup is of an answer that names the groups that it ends (RFC 9875).
	ByGroup Source = "group"
	// ByAdmin is of the admin listener.
	ByAdmin Source = "admin"
	// ByWebhook is of a service that said so.
	ByWebhook Source = "webhook"
	// ByEvent is of something that has happened at a service.
	ByEvent Source = "event"
	// ByOthers is of another instance.
	ByOthers Source = "shared"
)
