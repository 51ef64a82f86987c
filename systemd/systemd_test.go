package systemd_test

import (
	"context"
	"net"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/concierge-gateway/concierge/systemd"
)

const (
	me       = 4711
	patience = 20 * time.Second
)

// manager is a service manager that hears what it is told.
type manager struct {
	conn      *net.UnixConn
	variables map[string]string
}

func newManager(t *testing.T) *manager {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &manager{conn: conn, variables: map[string]string{"NOTIFY_SOCKET": socket}}
}

func (m *manager) getenv(name string) (string, bool) {
	value, ok := m.variables[name]
	return value, ok
}

func (m *manager) hears(t *testing.T, pattern string) {
	t.Helper()
	buffer := make([]byte, 4096)
	_ = m.conn.SetReadDeadline(time.Now().Add(patience))
	n, err := m.conn.Read(buffer)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(buffer[:n]); !regexp.MustCompile("^" + pattern + "$").MatchString(got) {
		t.Errorf("it hears %q, want %s", got, pattern)
	}
}

func TestTheManagerIsToldOfEachState(t *testing.T) {
	m := newManager(t)
	program := systemd.New(m.getenv, me)
	for _, each := range []struct {
		tell func() error
		want string
	}{
		{func() error { return program.Ready("ready\nWATCHDOG=trigger") }, "READY=1\nSTATUS=ready WATCHDOG=trigger"},
		{program.Reloading, "RELOADING=1\nMONOTONIC_USEC=[1-9][0-9]*"},
		{func() error { return program.Stopping(35 * time.Second) }, "STOPPING=1\nEXTEND_TIMEOUT_USEC=35000000"},
	} {
		if err := each.tell(); err != nil {
			t.Fatal(err)
		}
		m.hears(t, each.want)
	}
}

func TestTheManagerHearsThatTheProgramLives(t *testing.T) {
	m := newManager(t)
	m.variables["WATCHDOG_USEC"], m.variables["WATCHDOG_PID"] = "2000", "4711"
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		systemd.New(m.getenv, me).Run(ctx)
	}()
	m.hears(t, "WATCHDOG=1")
	m.hears(t, "WATCHDOG=1")
	stop()
	<-ended
}

func TestNobodyIsToldWhereThereIsNoManager(t *testing.T) {
	for name, variables := range map[string]map[string]string{
		"no socket":       {},
		"an empty one":    {"NOTIFY_SOCKET": ""},
		"no unix socket":  {"NOTIFY_SOCKET": "vsock:2:1234"},
		"a relative path": {"NOTIFY_SOCKET": "notify"},
	} {
		t.Run(name, func(t *testing.T) {
			program := systemd.New((&manager{variables: variables}).getenv, me)
			if program != nil {
				t.Fatal("there is a manager")
			}
			for _, err := range []error{program.Ready(""), program.Reloading(), program.Stopping(0)} {
				if err != nil {
					t.Error(err)
				}
			}
			program.Run(t.Context())
		})
	}
}

func TestAWatchdogOfAnotherProcessIsNotAnswered(t *testing.T) {
	m := newManager(t)
	for _, variables := range []map[string]string{
		{"WATCHDOG_USEC": "2000", "WATCHDOG_PID": "4712"}, {"WATCHDOG_USEC": "0"}, {"WATCHDOG_USEC": "soon"}, {},
	} {
		variables["NOTIFY_SOCKET"] = m.variables["NOTIFY_SOCKET"]
		systemd.New((&manager{variables: variables}).getenv, me).Run(t.Context()) // it returns
	}
}

func TestAManagerThatHasGoneIsAnError(t *testing.T) {
	m := newManager(t)
	program := systemd.New(m.getenv, me)
	_ = m.conn.Close()
	if err := program.Ready(""); err == nil || !strings.Contains(err.Error(), "service manager") {
		t.Errorf("the error is %v", err)
	}
}
