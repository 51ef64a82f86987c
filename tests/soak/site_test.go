// Package soak answers whether the whole holds for long: gateways behind a balancer, asked by everybody through both doors, while services
// fail, configurations, keys and certificates change, and instances and Redis come and go. docs/soak.md tells it.
package soak

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/concierge-gateway/concierge/demo"
)

// balancer notices within 200 ms that a gateway leaves or is gone, and sends nothing twice.
const balancer = `
global
	nbthread 1
defaults
	mode http
	retries 0
	timeout connect 10s
	timeout client 60s
	timeout server 60s
	timeout tunnel 60s
	http-reuse always
frontend clients
	bind %s
	default_backend gateways
backend gateways
	balance roundrobin
	option httpchk GET /readyz
	http-check expect status 200
	default-server check no-check-ssl inter 100ms fall 2 rise 1 ssl verify required ca-file %s verifyhost ` + hostName +
	` sni str(` + hostName + `)
`

// site is all that runs: services, Redis, gateways and the balancer.
type site struct {
	folder   string
	program  string
	services *demo.Services
	issuer   *issuer
	hosts    *authority

	redisAddress string
	redis        *exec.Cmd
	balancer     *exec.Cmd
	public       string // the balancer
	instances    []*instance

	admins *http.Client
}

// instance is a place where a gateway runs, in one process after the other.
type instance struct {
	name, public, admin string
	file                string

	mu    sync.Mutex // held while it is ended and begun
	run   *exec.Cmd
	log   *os.File
	turns int // processes so far
}

func newSite(ctx context.Context, folder, program string) (*site, error) {
	s := &site{folder: folder, program: program, redisAddress: freeAddress(), public: freeAddress()}
	s.admins = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}
	var err error
	if s.services, err = demo.Start(demo.Options{}); err != nil {
		return s, err
	}
	if s.issuer, err = newIssuer(ctx); err != nil {
		return s, err
	}
	if s.hosts, err = newAuthority(folder); err != nil {
		return s, err
	}
	if err := errors.Join(s.hosts.issue(), s.beginRedis()); err != nil {
		return s, err
	}
	for _, name := range []string{"one", "two", "three"} {
		i := &instance{name: name, public: freeAddress(), admin: freeAddress(), file: filepath.Join(folder, name+".yml")}
		s.instances = append(s.instances, i)
		if err := errors.Join(replace(i.file, []byte(s.settings(i, 0))), s.begin(ctx, i)); err != nil {
			return s, err
		}
	}
	err = s.beginBalancer(ctx)
	return s, err
}

// patience is how long something is waited for that happens soon unless it never does. Hardly anything of a machine may be left for it.
const patience = 2 * time.Minute

// freeAddress is one that nobody uses at the moment, outside of the range that clients' connections take theirs from.
func freeAddress() string {
	for {
		n := make([]byte, 2)
		_, _ = rand.Read(n)
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(20000+(int(n[0])<<8+int(n[1]))%12000))
		if listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", address); err == nil {
			listener.Close()
			return address
		}
	}
}

// begin starts a process in the place of an instance, and waits until it is ready.
func (s *site) begin(ctx context.Context, i *instance) error {
	i.turns++
	log, err := os.Create(filepath.Join(s.folder, fmt.Sprintf("%s-%d.log", i.name, i.turns)))
	if err != nil {
		return err
	}
	i.log = log
	i.run = exec.CommandContext(context.Background(), s.program, "serve", "--config", i.file)
	i.run.Dir, i.run.Stderr, i.run.Env = s.folder, log, s.environ()
	if err := i.run.Start(); err != nil {
		return err
	}
	return s.await(ctx, "instance "+i.name+" is ready", func() bool { return s.ready(i) })
}

func (s *site) environ() (all []string) {
	for _, service := range demo.Names() {
		for n, url := range s.services.URLs(service) {
			all = append(all, strings.ToUpper(service)+"_URL"+[]string{"", "_2"}[n]+"="+url)
		}
	}
	return append(all, "GOMEMLIMIT=256MiB") // as in a small container: the program would else let its heap grow as long as there is room
}

// await waits until something is so.
func (s *site) await(ctx context.Context, what string, so func() bool) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	for !so() {
		if !pause(ctx, 50*time.Millisecond) {
			return fmt.Errorf("it never comes to this: %s", what)
		}
	}
	return nil
}

// pause waits, and says whether the context goes on.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// look reads a page of an instance's admin listener.
func (s *site) look(i *instance, path string) (status int, body string, err error) {
	return s.get("http://" + i.admin + path)
}

func (s *site) get(url string) (status int, body string, err error) {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, url, nil)
	if err != nil {
		return 0, "", err
	}
	res, err := s.admins.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return res.StatusCode, string(text), err
}

func (s *site) ready(i *instance) bool {
	status, _, err := s.look(i, "/readyz")
	return err == nil && status == http.StatusOK
}

// sumOf adds up the series of a metric that begin so.
func sumOf(page, start string) (sum float64) {
	for _, line := range regexp.MustCompile(`(?m)^`+regexp.QuoteMeta(start)+`(?:[^ ]*) (\S+)`).FindAllStringSubmatch(page, -1) {
		value, _ := strconv.ParseFloat(line[1], 64)
		sum += value
	}
	return sum
}

// leave ends an instance as a service manager does.
func (s *site) leave(i *instance) error {
	defer i.log.Close()
	if err := i.run.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	impatient := time.AfterFunc(patience, func() { _ = i.run.Process.Kill() })
	defer impatient.Stop()
	return i.run.Wait()
}

// kill ends an instance at once.
func (i *instance) kill() {
	defer i.log.Close()
	_ = i.run.Process.Kill()
	_ = i.run.Wait()
}

func (s *site) beginRedis() error {
	_, port, _ := net.SplitHostPort(s.redisAddress)
	s.redis = exec.CommandContext(context.Background(), "redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no")
	s.redis.Dir = s.folder
	return s.redis.Start()
}

func (s *site) endRedis() {
	if s.redis != nil {
		_ = s.redis.Process.Kill()
		_ = s.redis.Wait()
	}
}

func (s *site) beginBalancer(ctx context.Context) error {
	var text strings.Builder
	fmt.Fprintf(&text, balancer, s.public, filepath.Join(s.folder, "ca.pem"))
	for _, i := range s.instances {
		_, port, _ := net.SplitHostPort(i.admin)
		text.WriteString("\tserver " + i.name + " " + i.public + " port " + port + "\n")
	}
	file := filepath.Join(s.folder, "haproxy.cfg")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		return err
	}
	log, err := os.Create(filepath.Join(s.folder, "haproxy.log"))
	if err != nil {
		return err
	}
	s.balancer = exec.CommandContext(context.Background(), "haproxy", "-db", "-f", file)
	s.balancer.Stdout, s.balancer.Stderr = log, log
	if err := s.balancer.Start(); err != nil {
		return err
	}
	return s.await(ctx, "the balancer sends to the instances", func() bool {
		status, _, err := s.get("http://" + s.public + "/v2/products/1")
		return err == nil && status == http.StatusOK
	})
}

// end ends all that was begun.
func (s *site) end() (err error) {
	if s.balancer != nil {
		_ = s.balancer.Process.Signal(syscall.SIGTERM)
		_ = s.balancer.Wait()
	}
	for _, i := range s.instances {
		if i.run == nil || i.run.ProcessState != nil {
			continue
		}
		if failed := s.leave(i); failed != nil {
			err = errors.Join(err, fmt.Errorf("instance %s ends with %w", i.name, failed))
		}
	}
	s.endRedis()
	if s.issuer != nil {
		err = errors.Join(err, s.issuer.server.Close())
	}
	if s.services != nil {
		err = errors.Join(err, s.services.Close())
	}
	return err
}
