package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a program that runs until it is stopped.
type process struct {
	*exec.Cmd
	log string
}

// start runs a program with nothing in its environment. What it says goes to a file, unless it is to be read.
func (s settings) start(ctx context.Context, name string, command ...string) (*process, error) {
	p := &process{Cmd: exec.CommandContext(ctx, command[0], command[1:]...), log: s.dir + "/" + name + ".log"}
	log, err := os.Create(p.log)
	if err != nil {
		return nil, err
	}
	p.Env = []string{}
	p.Stderr = log
	p.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	return p, nil
}

func (p *process) stop() {
	_ = p.Process.Kill()
	_ = p.Wait() // how it ended is known
}

// services are those of command upstream.
type services struct {
	process   *process
	addresses map[string]string
}

func (s *services) url(name string) string { return "http://" + s.addresses[name] }

func startServices(ctx context.Context, s settings) (*services, error) {
	p, err := s.start(ctx, "upstream", s.upstream)
	if err != nil {
		return nil, err
	}
	out, err := p.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.Start(); err != nil {
		return nil, err
	}
	found := &services{process: p}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &found.addresses)
	}
	if err != nil {
		p.stop()
		return nil, fmt.Errorf("start the services: %w", err)
	}
	return found, nil
}

// gateway is an instance.
type gateway struct {
	process *process
	public  string
}

func (s settings) gateway(ctx context.Context, services *services, w workload) (*gateway, error) {
	addresses, err := free(ctx, 2)
	if err != nil {
		return nil, err
	}
	file, err := s.configuration(services, w, addresses[0], addresses[1])
	if err != nil {
		return nil, err
	}
	p, err := s.start(ctx, "concierge", s.concierge, "serve", "--config", file)
	if err != nil {
		return nil, err
	}
	if err := p.Start(); err != nil {
		return nil, err
	}
	g := &gateway{process: p, public: addresses[0]}
	if err := ready(ctx, "http://"+addresses[1]+"/readyz"); err != nil {
		p.stop()
		said, _ := os.ReadFile(p.log)
		return nil, fmt.Errorf("%w\n%s", err, said)
	}
	return g, nil
}

// ready waits until a gateway is.
func ready(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for again := time.Tick(50 * time.Millisecond); ; {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
		if err != nil {
			return err
		}
		if res, err := http.DefaultClient.Do(req); err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-again:
		case <-ctx.Done():
			return fmt.Errorf("%s does not say that it is ready: %w", url, ctx.Err())
		}
	}
}

// free are addresses that nobody uses at the moment.
func free(ctx context.Context, n int) ([]string, error) {
	var addresses []string
	for range n {
		listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		addresses = append(addresses, listener.Addr().String())
		defer listener.Close() //nolint:revive // none may be given twice
	}
	return addresses, nil
}

// used is the processor time that a process has used, in user and system mode.
func (p *process) used() (time.Duration, error) {
	const tick = time.Second / 100 // of /proc's times, the same on every Linux that Go runs on
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, behind, _ := strings.Cut(string(text), ") ")
	var sum time.Duration
	for _, word := range strings.Fields(behind)[11:13] {
		n, err := strconv.ParseInt(word, 10, 64)
		if err != nil {
			return 0, err
		}
		sum += time.Duration(n) * tick
	}
	return sum, nil
}

// memory is the most that a process has held, in bytes.
func (p *process) memory() (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, behind, _ := strings.Cut(string(text), "VmHWM:")
	kib, err := strconv.ParseInt(strings.Fields(behind)[0], 10, 64)
	return kib << 10, err
}
