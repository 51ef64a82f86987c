// Package redistest answers how tests have a Redis: a real one, of their own, that they can stop, kill and start again.
package redistest

import (
	"context"
	"errors"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/redis/rueidis"
)

// T is a test.
type T interface {
	Helper()
	Fatalf(format string, args ...any)
	Cleanup(do func())
	TempDir() string
	Context() context.Context
}

// patience is how long anything may take on a busy machine.
const patience = 20 * time.Second

// Server is a redis-server. It belongs to one goroutine.
type Server struct {
	// Address is its host and port, for as long as the test runs.
	Address string

	t       T
	folder  string
	file    string // of settings
	args    []string
	command *exec.Cmd
}

// Start starts a server with further arguments, and waits until it answers. It ends with the test.
func Start(t T, args ...string) *Server {
	t.Helper()
	s := &Server{Address: freeAddress(t), t: t, folder: t.TempDir(), args: args}
	t.Cleanup(s.Kill)
	s.Start()
	return s
}

// Reserve is a server that is not there yet.
func Reserve(t T, args ...string) *Server {
	t.Helper()
	s := &Server{Address: freeAddress(t), t: t, folder: t.TempDir(), args: args}
	t.Cleanup(s.Kill)
	return s
}

// Sentinel starts a sentinel by a file of its settings, which it writes to.
func Sentinel(t T, file string) *Server {
	t.Helper()
	s := Reserve(t, "--sentinel")
	s.file = file
	s.Start()
	return s
}

// freeAddress is one that nobody uses now.
func freeAddress(t T) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("find a free port: %v", err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

// With is for arguments that depend on the address. They hold from the next start on.
func (s *Server) With(args ...string) { s.args = append(s.args, args...) }

// Start starts it again at the same address, with what it has saved.
func (s *Server) Start() {
	s.t.Helper()
	_, port, _ := net.SplitHostPort(s.Address)
	args := []string{"--port", port, "--bind", "127.0.0.1", "--dir", s.folder, "--loglevel", "warning"}
	if s.file != "" {
		args = append([]string{s.file}, args...)
	} else {
		args = append(args, "--save", "", "--appendonly", "no")
	}
	args = append(args, s.args...)
	s.command = exec.Command("redis-server", args...) //nolint:gosec,noctx // it is a test's, which ends it
	if err := s.command.Start(); err != nil {
		s.t.Fatalf("start redis-server: %v", err)
	}
	s.awaitPort()
}

func (s *Server) awaitPort() {
	s.t.Helper()
	Await(s.t, "redis-server at "+s.Address, func() bool {
		conn, err := (&net.Dialer{Timeout: time.Second}).Dial("tcp", s.Address)
		if err != nil {
			return false
		}
		return conn.Close() == nil
	})
}

// Kill ends it, and all that it has not saved.
func (s *Server) Kill() {
	if s.command == nil {
		return
	}
	_ = s.command.Process.Kill()
	_ = s.command.Wait()
	s.command = nil
}

// Hang stops it as if it were busy for good: its connections stay open, and nothing is answered until Continue.
func (s *Server) Hang() { s.signal(syscall.SIGSTOP) }

// Continue ends a Hang.
func (s *Server) Continue() { s.signal(syscall.SIGCONT) }

func (s *Server) signal(signal syscall.Signal) {
	s.t.Helper()
	if err := s.command.Process.Signal(signal); err != nil {
		s.t.Fatalf("send redis-server %v: %v", signal, err)
	}
}

// Do runs a command by a connection of its own, and is its answer. A nil answer is empty.
func (s *Server) Do(command ...string) rueidis.RedisMessage {
	s.t.Helper()
	client, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{s.Address}, ForceSingleClient: true, DisableCache: true, AlwaysRESP2: true,
	})
	if err != nil {
		s.t.Fatalf("connect to redis-server: %v", err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	answer, err := client.Do(ctx, client.B().Arbitrary(command...).Build()).ToMessage()
	if err != nil && !errors.Is(err, rueidis.Nil) {
		s.t.Fatalf("run %v: %v", command, err)
	}
	return answer
}

// Cluster starts masters that share all slots.
func Cluster(t T, masters int) []*Server {
	t.Helper()
	all := make([]*Server, masters)
	for i := range all {
		_, bus, _ := net.SplitHostPort(freeAddress(t))
		all[i] = Start(t, "--cluster-enabled", "yes", "--cluster-port", bus, "--cluster-node-timeout", "2000")
	}
	const slots = 16384
	for i, s := range all {
		first, last := i*slots/masters, (i+1)*slots/masters-1
		s.Do("CLUSTER", "ADDSLOTSRANGE", strconv.Itoa(first), strconv.Itoa(last))
		s.Do("CLUSTER", "SET-CONFIG-EPOCH", strconv.Itoa(i+1))
	}
	for _, s := range all[1:] {
		host, port, _ := net.SplitHostPort(s.Address)
		all[0].Do("CLUSTER", "MEET", host, port, s.args[3])
	}
	for _, s := range all {
		Await(t, "the cluster", func() bool { return s.knows(masters) })
	}
	return all
}

// knows reports whether a node of a cluster has heard of all others.
func (s *Server) knows(masters int) bool {
	s.t.Helper()
	info, nodes := s.Do("CLUSTER", "INFO"), s.Do("CLUSTER", "SLOTS")
	text, err := info.ToString()
	all, failed := nodes.ToArray()
	return err == nil && failed == nil && strings.Contains(text, "cluster_state:ok") && len(all) == masters
}

// Await waits for something to hold.
func Await(t T, what string, holds func() bool) {
	t.Helper()
	ticks, end := time.NewTicker(2*time.Millisecond), time.NewTimer(patience)
	defer ticks.Stop()
	defer end.Stop()
	for !holds() {
		select {
		case <-ticks.C:
		case <-end.C:
			t.Fatalf("%s: it does not come about", what)
		}
	}
}
