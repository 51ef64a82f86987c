package discovery

import (
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// server is a DNS server on one loopback port, over UDP and TCP.
type server struct {
	address string
	answers atomic.Value // of type handler
	asked   chan string  // each question as "A user.test." or "A user.test. tcp", as long as there is room
}

// handler answers a question: with no message, one, or several.
type handler func(question dnsmessage.Message, tcp bool) [][]byte

func newServer(t *testing.T, answers handler) *server {
	t.Helper()
	listener, packets := listen(t)
	s := &server{address: listener.Addr().String(), asked: make(chan string, 1000)}
	s.answers.Store(answers)
	var serving sync.WaitGroup
	serving.Go(func() { s.servePackets(packets) })
	serving.Go(func() { s.serveStreams(listener, &serving) })
	t.Cleanup(func() {
		listener.Close()
		packets.Close()
		serving.Wait()
	})
	return s
}

// listen finds a port that is free for both.
func listen(t *testing.T) (net.Listener, net.PacketConn) {
	t.Helper()
	var failure error
	for range 20 {
		var config net.ListenConfig
		listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		packets, err := config.ListenPacket(t.Context(), "udp", listener.Addr().String())
		if err == nil {
			return listener, packets
		}
		listener.Close()
		failure = err
	}
	t.Fatal(failure)
	return nil, nil
}

// serve changes what is answered from now on.
func (s *server) serve(answers handler) { s.answers.Store(answers) }

func (s *server) servePackets(packets net.PacketConn) {
	buf := make([]byte, 2048)
	for {
		n, from, err := packets.ReadFrom(buf)
		if err != nil {
			return
		}
		for _, message := range s.answer(buf[:n], false) {
			packets.WriteTo(message, from)
		}
	}
}

func (s *server) serveStreams(listener net.Listener, serving *sync.WaitGroup) {
	for {
		c, err := listener.Accept()
		if err != nil {
			return
		}
		serving.Go(func() { s.serveStream(c) })
	}
}

// serveStream answers one question, and then waits for the other side to close.

func (s *server) serveStream(c net.Conn) {
	defer c.Close()
	head := make([]byte, 2)
	if _, err := io.ReadFull(c, head); err != nil {
		return
	}
	question := make([]byte, binary.BigEndian.Uint16(head))
	if _, err := io.ReadFull(c, question); err != nil {
		return
	}
	for _, message := range s.answer(question, true) {
		// In three writes, since a stream may come in any pieces.
		framed := append(binary.BigEndian.AppendUint16(nil, uint16(len(message))), message...)
		for _, part := range [][]byte{framed[:1], framed[1:3], framed[3:]} {
			c.Write(part)
		}
	}
	io.Copy(io.Discard, c)
}

func (s *server) answer(message []byte, tcp bool) [][]byte {
	var question dnsmessage.Message
	if err := question.Unpack(message); err != nil || len(question.Questions) != 1 {
		return nil
	}
	name := strings.TrimPrefix(question.Questions[0].Type.String(), "Type") + " " + question.Questions[0].Name.String()
	if tcp {
		name += " tcp"
	}
	select {
	case s.asked <- name:
	default:
	}
	answers, _ := s.answers.Load().(handler)
	return answers(question, tcp)
}

// questions are those that were asked so far.
func (s *server) questions() (all []string) {
	for {
		select {
		case each := <-s.asked:
			all = append(all, each)
		default:
			return all
		}
	}
}

// zone answers with records: those of the wanted type, and all CNAMEs of its names. Names are asked for with a dot at their end,
// so that the search domains of the machine do not matter.
type zone []dnsmessage.Resource

func (z zone) answer(question dnsmessage.Message, _ bool) [][]byte {
	wanted := question.Questions[0]
	reply := replyTo(question, dnsmessage.RCodeNameError)
	for _, each := range z {
		if each.Header.Name == wanted.Name {
			reply.RCode = dnsmessage.RCodeSuccess
		}
	}
	if reply.RCode == dnsmessage.RCodeSuccess {
		for _, each := range z {
			if each.Header.Type == wanted.Type || each.Header.Type == dnsmessage.TypeCNAME {
				reply.Answers = append(reply.Answers, each)
			}
		}
	}
	return packed(reply)
}

func replyTo(question dnsmessage.Message, code dnsmessage.RCode) dnsmessage.Message {
	return dnsmessage.Message{
		Header:    dnsmessage.Header{ID: question.ID, Response: true, RecursionAvailable: true, RCode: code},
		Questions: question.Questions,
	}
}

func packed(message dnsmessage.Message) [][]byte {
	bytes, err := message.Pack()
	if err != nil {
		panic(err)
	}
	return [][]byte{bytes}
}

// address is an A or AAAA record.
func address(name string, ttl uint32, ip string) dnsmessage.Resource {
	addr := netip.MustParseAddr(ip)
	if addr.Is4() {
		return record(name, dnsmessage.TypeA, ttl, &dnsmessage.AResource{A: addr.As4()})
	}
	return record(name, dnsmessage.TypeAAAA, ttl, &dnsmessage.AAAAResource{AAAA: addr.As16()})
}

func alias(name string, ttl uint32, of string) dnsmessage.Resource {
	return record(name, dnsmessage.TypeCNAME, ttl, &dnsmessage.CNAMEResource{CNAME: dnsmessage.MustNewName(of)})
}

func record(name string, kind dnsmessage.Type, ttl uint32, body dnsmessage.ResourceBody) dnsmessage.Resource {
	return dnsmessage.Resource{
		Header: dnsmessage.ResourceHeader{
			Name: dnsmessage.MustNewName(name), Type: kind, Class: dnsmessage.ClassINET, TTL: ttl,
		},
		Body: body,
	}
}

// Answers that are of no use.

func serverFailure(question dnsmessage.Message, _ bool) [][]byte {
	return packed(replyTo(question, dnsmessage.RCodeServerFailure))
}

func silence(dnsmessage.Message, bool) [][]byte { return nil }

func truncated(question dnsmessage.Message) [][]byte {
	reply := replyTo(question, dnsmessage.RCodeSuccess)
	reply.Truncated = true
	return packed(reply)
}

func garbage(question dnsmessage.Message, tcp bool) [][]byte {
	reply := packed(zone{address(question.Questions[0].Name.String(), 1, "192.0.2.66")}.reply(question))
	half := reply[0][:len(reply[0])-7] // it ends within its only record
	return [][]byte{[]byte("\xff\xfe\xfd"), half}
}

// reply is what the zone answers, before it is packed.
func (z zone) reply(question dnsmessage.Message) dnsmessage.Message {
	reply := replyTo(question, dnsmessage.RCodeSuccess)
	reply.Answers = z
	return reply
}
