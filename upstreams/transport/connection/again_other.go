//go:build !unix

package connection

import "net"

// again would look at a kept connection before it is used once more. Where nothing can be looked for, the request itself finds
// out.
type again struct{}

func newAgain(net.Conn) *again { return nil }

func (*again) read([]byte, func() bool) (int, error) { return 0, errStale }
