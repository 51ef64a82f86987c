package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"
)

// peer is a server to measure. It answers at http://<listen>/graphql.
type peer struct {
	name string
	// command is the line that starts it.
	command func(b *bench, at place) ([]string, error)
	// exact is whether it promises one call to each service for each request.
	exact bool
}

// place is where a peer shall listen: host and port.
type place struct{ listen, admin string }

// peers are measured in this order, round after round.
func peers() []peer {
	return []peer{
		{name: nameFloor, command: floor},
		{name: nameConcierge, command: concierge, exact: true},
		{name: namePlain, command: plain},
	}
}

// The names that ratios and promises refer to.
const (
	nameFloor     = "floor"
	nameConcierge = "concierge"
	namePlain     = "plain"
)

func floor(b *bench, at place) ([]string, error) {
	a := b.services.addresses
	return []string{
		filepath.Join(b.settings.bin, "floor"), "-listen", at.listen,
		"-user", a["user"], "-order", a["order"], "-product", a["product"], "-payment", a["payment"],
	}, nil
}

func plain(b *bench, at place) ([]string, error) {
	s := b.services
	return []string{
		filepath.Join(b.settings.bin, "plain"), "-listen", at.listen,
		"-user", s.url("user"), "-order", s.url("order"), "-product", s.url("product"), "-payment", s.url("payment"),
	}, nil
}

// concierge is the program itself, with its defaults but for what the others do not do: it asks for no token, and unless it is
// told to, it writes no line for each request. It waits for the services as long as they do: a machine that is busy with other
// things shall make a run slow, and not wrong.
func concierge(b *bench, at place) ([]string, error) {
	s := b.services
	yaml := fmt.Sprintf(`server: {listen: %q}
admin: {listen: %q}
auth: {secret: a secret that signs no token at all, anonymous: true}
log: {access_log: %t}
upstreams:
  user: {urls: [%q], timeouts: &patient {header: 30s, total: 30s}}
  order: {urls: [%q], timeouts: *patient}
  product: {urls: [%q], timeouts: *patient}
  payment: {urls: [%q], timeouts: *patient}
`, at.listen, at.admin, b.settings.accessLog, s.url("user"), s.url("order"), s.url("product"), s.url("payment"))
	file := filepath.Join(b.dir, "concierge.yml")
	if err := os.WriteFile(file, []byte(yaml), 0o600); err != nil {
		return nil, err
	}
	return []string{b.settings.concierge, "serve", "--config", file}, nil
}

// server is a peer that runs.
type server struct {
	peer
	place
	process *process
}

// startPeer starts a peer and returns when it answers.
func (b *bench) startPeer(ctx context.Context, p peer) (*server, error) {
	at, err := freePlace(ctx)
	if err != nil {
		return nil, err
	}
	argv, err := p.command(b, at)
	if err != nil {
		return nil, err
	}
	process, err := start(ctx, b.dir, argv, nil)
	if err != nil {
		return nil, err
	}
	s := &server{peer: p, place: at, process: process}
	if err := s.await(ctx); err != nil {
		process.stop()
		return nil, fmt.Errorf("start %s: %w\n%s", p.name, err, process.words())
	}
	return s, nil
}

// freePlace finds two free ports. Nothing else on this machine is likely to take them in the moment before the peer does.
func freePlace(ctx context.Context) (place, error) {
	var network net.ListenConfig
	public, err := network.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return place{}, err
	}
	defer func() { _ = public.Close() }() // nobody has come
	admin, err := network.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return place{}, err
	}
	defer func() { _ = admin.Close() }() // the same
	return place{listen: public.Addr().String(), admin: admin.Addr().String()}, nil
}

// await returns when the server takes connections.
func (s *server) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", s.listen)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-s.process.ended:
			return fmt.Errorf("it has ended: %w", err)
		case <-ctx.Done():
			return err
		case <-tick.C:
		}
	}
}
