package tests

import (
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/concierge-gateway/concierge/demo"
)

// names is a DNS server that knows one name.
type names struct {
	address string

	mu        sync.Mutex
	addresses []string
	failing   bool
	asked     int
}

func serveNames(t *testing.T, addresses ...string) *names {
	t.Helper()
	socket, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &names{address: socket.LocalAddr().String(), addresses: addresses}
	var serving sync.WaitGroup
	serving.Go(func() { n.serve(socket) })
	t.Cleanup(func() {
		socket.Close()
		serving.Wait()
	})
	return n
}

func (n *names) serve(socket net.PacketConn) {
	question := make([]byte, 1<<10)
	for {
		length, from, err := socket.ReadFrom(question)
		if err != nil {
			return
		}
		if answer := n.answer(question[:length]); answer != nil {
			_, _ = socket.WriteTo(answer, from)
		}
	}
}

// answer has a TTL of nothing, so that the gateway asks as often as it may.
func (n *names) answer(question []byte) []byte {
	var message dnsmessage.Message
	if err := message.Unpack(question); err != nil || len(message.Questions) != 1 {
		return nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asked++
	message.Response = true
	asked := message.Questions[0]
	if n.failing {
		message.RCode = dnsmessage.RCodeServerFailure
	} else if asked.Type == dnsmessage.TypeA {
		for _, address := range n.addresses {
			message.Answers = append(message.Answers, dnsmessage.Resource{
				Header: dnsmessage.ResourceHeader{Name: asked.Name, Class: dnsmessage.ClassINET},
				Body:   &dnsmessage.AResource{A: netip.MustParseAddr(address).As4()},
			})
		}
	}
	packed, err := message.Pack()
	if err != nil {
		return nil
	}
	return packed
}

// change has the name stand for these addresses from now on; for none, the server fails.
func (n *names) change(addresses ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.addresses, n.failing = addresses, len(addresses) == 0
}

// asks waits until the gateway has asked again.
func (n *names) asks(t *testing.T) {
	t.Helper()
	times := func() int {
		n.mu.Lock()
		defer n.mu.Unlock()
		return n.asked
	}
	before := times()
	waitFor(t, func() string { return "the name is not looked up again" }, func() bool { return times() >= before+2 })
}

// The hosts of these tests. Each has a lane to an endpoint of the user service, on the same port.
const (
	hostA = "127.0.0.2"
	hostB = "127.0.0.3"
)

// siteByName is a gateway that knows the user service by a name.
func siteByName(t *testing.T, server *names, settings ...string) *site {
	t.Helper()
	free, err := new(net.ListenConfig).Listen(t.Context(), "tcp", hostA+":0")
	if err != nil {
		t.Skipf("this system has one loopback address: %v", err)
	}
	_, port, _ := net.SplitHostPort(free.Addr().String())
	free.Close()
	s := &site{seen: new(seen)}
	services, err := demo.Start(demo.Options{Wrap: s.seen.wrap})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = services.Close() })
	for i, host := range []string{hostA, hostB} {
		s.lanes = append(s.lanes, openLane(t, net.JoinHostPort(host, port), services.URLs(demo.User)[i]))
	}
	settings = append(settings, fmt.Sprintf("dns: {server: %q, min_ttl: 20ms, max_ttl: 50ms}", server.address))
	s.program = startBefore(t, services, withUser([]string{"http://users.test:" + port}, settings...))
	s.load = s.program.load(t, operation{query: `{ user(id: 8) { id name } }`})
	s.goroutines = steady(t)
	return s
}

func TestANameThatMovesIsFollowedWithoutAFailure(t *testing.T) {
	t.Parallel()
	label(t)
	server := serveNames(t, hostA)
	s := siteByName(t, server)
	a, b := s.lanes[0], s.lanes[1]
	r := s.load.begin(endless)
	alone := func(l, other *lane, what string) {
		t.Helper()
		waitFor(t, func() string { return what }, func() bool { return s.stays(t, r, other, 100) })
		if before := l.came(); !s.grows(t, r, l) {
			t.Errorf("%s: the one in use got no call after the first %d", what, before)
		}
	}
	alone(a, b, "the first address is not used alone")
	server.change(hostB)
	alone(b, a, "the second address is not used alone")
	server.change(hostA, hostB)
	waitFor(t, func() string { return "both addresses are never used" }, func() bool { return s.grows(t, r, a) && s.grows(t, r, b) })
	server.change() // what is known goes on to hold
	server.asks(t)
	if !s.grows(t, r, a) || !s.grows(t, r, b) {
		t.Error("a look-up that failed took an address away")
	}
	server.change(hostA)
	alone(a, b, "the first address is not used alone again")
	got := r.halt()
	t.Logf("%v; %d calls at one address, %d at the other", got, a.came(), b.came())
	if got.failed > 0 {
		t.Errorf("%v, want none", got)
	}
	if n := s.attempts(); n > got.requests+10 {
		t.Errorf("%d requests became %d attempts", got.requests, n)
	}
	s.calms(t)
}

// stays tells whether a lane gets no call in so many requests.
func (s *site) stays(t *testing.T, r *running, l *lane, requests int) bool {
	t.Helper()
	before := l.came()
	r.goesOn(t, requests)
	return l.came() == before
}

// grows tells whether a lane gets calls.
func (s *site) grows(t *testing.T, r *running, l *lane) bool {
	t.Helper()
	return !s.stays(t, r, l, 50)
}

// The address that a name had is dead by the time that the name has another: whatever was held against the first must not stand
// in the way of the second.
func TestANameThatLeavesADeadAddressIsServedAgain(t *testing.T) {
	t.Parallel()
	label(t)
	server := serveNames(t, hostA)
	s := siteByName(t, server)
	s.warm(t)
	s.lanes[0].turn(manner{refuse: true})
	if got := s.load.sends(100); got.failed == 0 {
		t.Fatalf("%v while the only address is dead", got)
	}
	server.change(hostB)
	s.recovers(t)
	if got := s.load.sends(200); got.failed > 0 {
		t.Errorf("%v, want none at the new address", got)
	}
	var gone []string
	for line := range strings.Lines(string(get(t, s.admin+"/metrics").body)) {
		if strings.Contains(line, hostA) {
			gone = append(gone, line)
		}
	}
	if len(gone) > 0 {
		t.Errorf("metrics still tell of the old address:\n%s", strings.Join(gone, ""))
	}
	s.calms(t)
}

// A call that is under way at an address that leaves is brought to its end there.
func TestACallAtAnAddressThatLeavesIsBroughtToItsEnd(t *testing.T) {
	t.Parallel()
	label(t)
	server := serveNames(t, hostA)
	s := siteByName(t, server, "timeouts: {connect: 2s, header: 6s, try: 6s, total: 6s, idle: 300ms}")
	s.warm(t)
	before := s.lanes[0].came()
	s.lanes[0].turn(manner{delay: time.Second})
	one := s.load.begin(1)
	waitFor(t, func() string { return "the call never comes" }, func() bool { return s.lanes[0].came() > before })
	server.change(hostB)
	gone := regexp.MustCompile(`"msg":"endpoint removed".*"endpoint":"` + hostA)
	s.log.await(t, gone.MatchString)
	if got := s.load.sends(50); got.failed > 0 || s.lanes[1].came() != 50 {
		t.Errorf("%v, %d calls at the new address", got, s.lanes[1].came())
	}
	if got := one.end(); got.failed > 0 {
		t.Errorf("the call that was under way failed: %v", got)
	}
	if n := s.attempts(); n != 100+50+1 {
		t.Errorf("%d attempts were made, want one for each call", n)
	}
	s.calms(t)
}
