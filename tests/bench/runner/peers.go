package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// peer is a server to measure.
type peer struct {
	name string
	// command is the line that starts it. Without one it is the service itself.
	command func(b *bench, at place) ([]string, error)
	// program is what must be on this machine for it, unless it is made here.
	program string
	// packages says that npm must have installed what it needs, in the directory of the peers that Node.js runs.
	packages bool
	// environment is all that is in its environment, as name=value.
	environment []string
	// calls are the services that it promises to call exactly once for each request, and no others. Without them, it promises
	// nothing.
	calls []string
	// shares makes that fewer calls where requests come at the same time: they have one together.
	shares bool
	// path is where it answers, before a record's id or with the whole of a query, and filters whether it leaves out members and
	// renames one. Peers without answer GraphQL by POST.
	path    string
	filters bool
	// open peers are asked by nobody in particular: they do not look at who asks.
	open bool
	// one says that it knows but the first answer of all.
	one bool
	// processors are how many it may use. 0 is all that there are.
	processors int
	// long peers are left out of short runs.
	long bool
}

// isConcierge reports whether it is the program itself, which has an admin listener.
func (p peer) isConcierge() bool { return strings.HasPrefix(p.name, nameConcierge) }

// asker is the Authorization of who asks a peer.
func (b *bench) asker(p peer) string {
	if p.open {
		return ""
	}
	return support(b.began)
}

// place is where a peer shall listen: host and port.
type place struct{ listen, admin string }

// configured writes a file and returns the line of a program that reads it.
func (b *bench) configured(name, text string, argv ...string) ([]string, error) {
	file := filepath.Join(b.dir, name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return nil, err
	}
	return append(argv, file), nil
}

// server is a peer that runs.
type server struct {
	peer
	place
	authorization string // who asks it
	process       *process
}

// startPeer starts a peer and returns when it answers.
func (b *bench) startPeer(ctx context.Context, p peer) (*server, error) {
	if p.command == nil {
		service := *b.services.process
		service.stop = func() {} // others need it
		return &server{
			peer: p, place: place{listen: b.services.addresses["user"]}, authorization: b.asker(p), process: &service,
		}, nil
	}
	at, err := freePlace(ctx)
	if err != nil {
		return nil, err
	}
	argv, err := p.command(b, at)
	if err != nil {
		return nil, err
	}
	environment := p.environment
	if p.processors > 0 {
		own, _ := apart(p.processors, runtime.NumCPU())
		argv = append([]string{"taskset", "-c", own}, argv...)
		environment = append([]string{"GOMAXPROCS=" + strconv.Itoa(p.processors)}, environment...)
	}
	process, err := start(ctx, b.dir, argv, environment, nil)
	if err != nil {
		return nil, err
	}
	s := &server{peer: p, place: at, authorization: b.asker(p), process: process}
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
