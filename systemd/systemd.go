// Package systemd answers what the service manager is told of the program: that it is ready, reloads, ends, and still lives.
//
// The protocol is sd_notify(3): a datagram of lines to the socket that $NOTIFY_SOCKET names. Where there is no such socket,
// nobody is told anything.
package systemd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

// Manager is the service manager that started the program. It is safe for concurrent use; a nil *Manager is nobody.
type Manager struct {
	socket   string
	watchdog time.Duration // how long it waits for a sign of life, 0 where it does not
	process  string
	uptime   func() (time.Duration, error)
}

// New finds the service manager by the environment. It returns nil where there is none. process is the program's own id.
func New(getenv func(string) (string, bool), process int) *Manager {
	socket, _ := getenv("NOTIFY_SOCKET")
	if !strings.HasPrefix(socket, "/") && !strings.HasPrefix(socket, "@") {
		return nil
	}
	m := &Manager{socket: socket, process: strconv.Itoa(process), uptime: monotonic}
	// It may have been meant for whoever started this program.
	if owner, ok := getenv("WATCHDOG_PID"); ok && owner != m.process {
		return m
	}
	text, _ := getenv("WATCHDOG_USEC")
	if micros, err := strconv.ParseInt(text, 10, 64); err == nil && micros > 0 {
		m.watchdog = time.Duration(micros) * time.Microsecond
	}
	return m
}

// Ready says that the start, or a reload, is over, and how that went in a few words. The error is for the log.
func (m *Manager) Ready(status string) error { return m.tell("READY=1", "STATUS="+oneLine(status)) }

// Reloading says that a reload has begun. Ready has to follow. The time lets the manager tell which of its signals it answers.
func (m *Manager) Reloading() error {
	if m == nil {
		return nil
	}
	up, err := m.uptime()
	if err != nil {
		return fmt.Errorf("read the clock for the service manager: %w", err)
	}
	return m.tell("RELOADING=1", "MONOTONIC_USEC="+strconv.FormatInt(up.Microseconds(), 10))
}

// Stopping says that the program ends by itself, and needs as long for that as it says, at most.
func (m *Manager) Stopping(within time.Duration) error {
	return m.tell("STOPPING=1", "EXTEND_TIMEOUT_USEC="+strconv.FormatInt(within.Microseconds(), 10))
}

// Run gives signs of life until ctx ends, twice in the time after which the manager would take the program for dead. They say
// that the process runs, and no more: one that is short of something else would not be helped by its end.
func (m *Manager) Run(ctx context.Context) {
	if m == nil || m.watchdog == 0 {
		return
	}
	tick := time.NewTicker(m.watchdog / 2)
	defer tick.Stop()
	for {
		_ = m.tell("WATCHDOG=1") // the manager finds out by itself
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// patience is how long the manager may take to read a message.
const patience = time.Second

func (m *Manager) tell(lines ...string) (err error) {
	if m == nil {
		return nil
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: m.socket, Net: "unixgram"})
	if err != nil {
		return fmt.Errorf("reach the service manager: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if err := conn.SetWriteDeadline(time.Now().Add(patience)); err != nil {
		return fmt.Errorf("reach the service manager: %w", err)
	}
	if _, err := conn.Write([]byte(strings.Join(lines, "\n"))); err != nil {
		return fmt.Errorf("tell the service manager: %w", err)
	}
	return nil
}

// oneLine is a text that cannot be taken for further lines.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, text)
}
