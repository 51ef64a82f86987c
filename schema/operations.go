// Package schema holds the public contract: the types that GraphQL clients see, from which graph is generated, and the
// operations that REST clients call.
package schema

import (
	"embed"
	"io/fs"
)

//go:embed operations/*.graphql
var operations embed.FS

// Operations are the files of the endpoints that come with the gateway, in a folder of this name. Package composed reads them.
func Operations() fs.FS { return operations }
