// Command floor is no gateway but a yardstick: the benchmark's query answered by hand, with nothing general in it.
//
// A goroutine for each client's connection has connections of its own to the services. It knows the query by heart, writes three
// calls before it reads the first answer, walks over each answer once, and copies the pieces that the query wants as they are.
// What it costs is about the least that Go and the kernel allow for one request in and four calls out with their data read and
// put together. It parses no GraphQL, checks nothing, and trusts its services.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"net"
	"os"

	"github.com/concierge-gateway/concierge/tests/bench/http1"
)

func main() {
	listen := flag.String("listen", "", "the `address` to listen on")
	var at addresses
	flag.StringVar(&at.user, "user", "", "the user service's `address`")
	flag.StringVar(&at.order, "order", "", "the order service's `address`")
	flag.StringVar(&at.product, "product", "", "the product service's `address`")
	flag.StringVar(&at.payment, "payment", "", "the payment service's `address`")
	flag.Parse()
	fmt.Fprintln(os.Stderr, "floor:", run(context.Background(), *listen, at))
	os.Exit(1) //nolint:forbidigo // this is main
}

// addresses are where the services listen.
type addresses struct{ user, order, product, payment string }

// run listens until that fails.
func run(ctx context.Context, listen string, at addresses) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", listen)
	if err != nil {
		return err
	}
	for {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		go func() {
			if err := serve(ctx, conn, at); err != nil {
				fmt.Fprintln(os.Stderr, "floor:", err)
			}
			_ = conn.Close() // the client has gone, or sees that no answer comes
		}()
	}
}

// serve answers the requests of one connection until it ends.
func serve(ctx context.Context, conn net.Conn, at addresses) error {
	var s session
	defer s.close()
	for _, each := range []struct {
		service *service
		name    string
		address string
	}{
		{&s.user, "user", at.user},
		{&s.order, "order", at.order},
		{&s.product, "product", at.product},
		{&s.payment, "payment", at.payment},
	} {
		if err := each.service.dial(ctx, each.name, each.address); err != nil {
			return err
		}
	}
	s.users, s.products, s.payments = make(map[int]person), make(map[int]article), make(map[int]payment)
	requests := http1.NewReader(conn)
	for {
		request, err := requests.Next()
		if err != nil {
			return nil // the client has gone
		}
		if err := s.answer(request.Body); err != nil {
			return err
		}
		if _, err := conn.Write(s.out); err != nil {
			return nil // the same
		}
	}
}

// service is a connection to one service.
type service struct {
	name    string
	conn    net.Conn
	answers *http1.Reader
}

func (s *service) dial(ctx context.Context, name, address string) error {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	s.name, s.conn, s.answers = name, conn, http1.NewReader(conn)
	return nil
}

// ask sends a call whose text is complete but for its end.
func (s *service) ask(call []byte) ([]byte, error) {
	call = append(call, " HTTP/1.1\r\nHost: "...)
	call = append(call, s.name...)
	call = append(call, "\r\n\r\n"...)
	_, err := s.conn.Write(call)
	return call, err
}

// take reads the answer to the call that was sent last.
func (s *service) take() ([]byte, error) {
	answer, err := s.answers.Next()
	if err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(answer.Start, []byte("HTTP/1.1 200 ")) {
		return nil, fmt.Errorf("the %s service answers %s", s.name, answer.Start)
	}
	return answer.Body, nil
}
