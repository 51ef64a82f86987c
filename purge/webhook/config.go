package webhook

import "github.com/concierge-gateway/concierge/signed"

// Config says who may tell that something changed. With no senders there is no webhook.
type Config = signed.Config

// Sender may purge of its own services.
type Sender = signed.Sender

// DefaultConfig has no senders.
func DefaultConfig() Config { return Config{Path: "/purge"} }
