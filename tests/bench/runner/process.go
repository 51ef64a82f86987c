package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// process is a program that runs until it is stopped.
type process struct {
	pid   int
	stop  func()
	ended <-chan struct{}
	log   string // the file with what it says
}

// start runs a program with nothing in its environment but what is given, so that no setting of this shell's, such as GOGC,
// reaches it. It ends with ctx, with stop, and with this process, however that ends. What it prints goes to out, where that is
// given.
func start(ctx context.Context, dir string, argv, environment []string, out io.Writer) (*process, error) {
	log, err := os.Create(filepath.Join(dir, filepath.Base(argv[0])+".log")) //nolint:gosec // the same
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...) //nolint:gosec // the peers are a table of this program
	// Nil would be this process's own.
	cmd.Env = append([]string{}, environment...)
	cmd.Stdout, cmd.Stderr = log, log
	if out != nil {
		cmd.Stdout = out
	}
	// A group of its own keeps the terminal's Ctrl-C from it: this process ends it in good order.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		cancel()
		return nil, fmt.Errorf("start %s: %w", argv[0], err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // how a server ends that was told to does not matter, and one that was not is found missing
		_ = log.Close()
		close(ended)
	}()
	return &process{
		pid:   cmd.Process.Pid,
		stop:  func() { cancel(); <-ended },
		ended: ended,
		log:   log.Name(),
	}, nil
}

// words are the last lines of what the program said.
func (p *process) words() string {
	const most = 2000
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(bytes.TrimSpace(text[max(0, len(text)-most):]))
}
