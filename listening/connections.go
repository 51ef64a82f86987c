package listening

import "syscall"

// Connections bounds how many connections there are at the same time: server.connections. HTTP/3 has a bound of its own.
type Connections struct {
	// Max is how many there are at most, handshakes included. Further ones are closed at once.
	Max int `yaml:"max"`
	// PerAddress is how many of them come from one IPv4 address, or from one IPv6 network of 64 bits. Balancers that are believed,
	// and private networks, are not bounded by it.
	PerAddress int `yaml:"per_address"`
}

// DefaultConnections have room for 10,000 clients by HTTP/1 and as many again, and for an office behind one address.
func DefaultConnections() Connections { return Connections{Max: 20_000, PerAddress: 1000} }

const mostConnections = 1_000_000

// Validate reports numbers that no machine could serve.
func (c Connections) Validate(fail func(path, message string)) {
	within("max", c.Max, 1, mostConnections, fail)
	within("per_address", c.PerAddress, 1, mostConnections, fail)
}

// share is how much of the files that the process may open clients may take, in percent. The rest is for services.
const share = 75

// affordable is no more than Max, and no more than the process may open.
func (c Connections) affordable() int {
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil || files.Cur > mostConnections {
		return c.Max
	}
	return max(min(c.Max, int(files.Cur)*share/100), 1) //nolint:mnd // percent
}

// refusal is why a connection was closed at once. It is a closed set, fit for a metric's label.
type refusal string

const (
	tooMany  refusal = "listener" // the listener has no room
	tooEager refusal = "address"  // its address has too many
	noMemory refusal = "memory"   // the process has no memory for more
)
