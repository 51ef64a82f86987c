package listening

import "net"

// Told is told, for tests that fuzz it.
func Told(raw net.Conn) (net.Conn, error) {
	conn, _, err := told(raw)
	return conn, err
}
