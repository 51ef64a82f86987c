package balancer

import "context"

type affinityKey struct{}

// WithAffinity returns a context whose attempts can be sent by what their request says of its caller. The edge sets it. The
// kind is header, cookie or principal; the name is that of the header or the cookie, and empty for the principal. The key is
// empty where the request has none.
func WithAffinity(ctx context.Context, key func(kind, name string) string) context.Context {
	return context.WithValue(ctx, affinityKey{}, key)
}

// key is what the request has of that which is hashed, "" for nothing.
func (h Hash) key(ctx context.Context) string {
	key, ok := ctx.Value(affinityKey{}).(func(kind, name string) string)
	switch {
	case !ok:
		return ""
	case h.Header != "":
		return key("header", h.Header)
	case h.Cookie != "":
		return key("cookie", h.Cookie)
	default:
		return key("principal", "")
	}
}
