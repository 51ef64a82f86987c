package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
)

// services are the four REST services, in a process of their own.
type services struct {
	process *process
	// addresses are host and port of each, by name.
	addresses map[string]string
}

// names of the services, in the order in which they are shown.
func serviceNames() []string { return []string{"user", "order", "product", "payment"} }

func startServices(ctx context.Context, b *bench) (*services, error) {
	lines, out := io.Pipe()
	defer func() { _ = lines.Close() }() // it prints one line
	p, err := start(ctx, b.dir, []string{filepath.Join(b.settings.bin, "upstream")}, nil, out)
	if err != nil {
		return nil, err
	}
	go func() { <-p.ended; _ = out.Close() }() // no line will come
	s := &services{process: p}
	line, err := bufio.NewReader(lines).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &s.addresses)
	}
	if err != nil {
		p.stop()
		return nil, fmt.Errorf("start the services: %w\n%s", err, p.words())
	}
	return s, nil
}

func (s *services) url(name string) string { return "http://" + s.addresses[name] }

// flags tell a server all URLs, each under the service's name.
func (s *services) flags() []string {
	flags := make([]string, 0, 2*len(serviceNames()))
	for _, name := range serviceNames() {
		flags = append(flags, "--"+name, s.url(name))
	}
	return flags
}

// calls are how many calls each service has had.
func (s *services) calls(ctx context.Context) (map[string]int64, error) {
	var calls map[string]int64
	err := getJSON(ctx, s.url("admin"), &calls)
	return calls, err
}

// getJSON reads what a service answers.
func getJSON(ctx context.Context, url string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	res, err := new(http.Client).Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return errors.New(url + " answers " + res.Status)
	}
	if err := json.NewDecoder(res.Body).Decode(into); err != nil {
		return fmt.Errorf("read %s: %w", url, err)
	}
	return nil
}
