package resolvers

import (
	"embed"
	"io/fs"
)

//go:embed resolvers.go caller.go connection.go payload.go
//go:embed order.go payment.go product.go subscription.go usage.go user.go
var source embed.FS

// Source is the text of the resolvers, in Go: every file that has one, and those that say what they go by. Whoever runs
// operations without calling resolvers reads in it where each edge leads.
func Source() fs.FS { return source }
