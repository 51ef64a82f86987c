package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// workload is what is asked.
type workload struct {
	name     string
	products string // the service of products
	cached   bool
	request  func(address string, n int) (method, url, body string)
}

func workloads() []workload {
	const page = `{"query":"{ orders(first: 20) { nodes { id status total { amount currency } user { id name email } ` +
		`items { quantity product { id name price { amount currency } } } payment { id status amount { amount currency } } } } }"}`
	const shop = `{"query":"query Shop { products(first: 20) { nodes { id name price { amount currency } } } }"}`
	return []workload{
		{"a page over GraphQL, of four services", "product", false, func(address string, _ int) (string, string, string) {
			return http.MethodPost, "http://" + address + "/graphql", page
		}},
		{"a record over REST", "product", false, func(address string, n int) (string, string, string) {
			return http.MethodGet, fmt.Sprintf("http://%s/v1/users/%d", address, 1+n%1000), ""
		}},
		{"a page over GraphQL, from the cache", "shop", true, func(address string, _ int) (string, string, string) {
			return http.MethodPost, "http://" + address + "/graphql", shop
		}},
	}
}

// finding is what a load took of the instances.
type finding struct {
	cost   time.Duration // processor time for a request, of all instances together
	memory int64         // the most that one of them held
	idle   float64       // processors that one of them takes while nobody asks
}

func measure(ctx context.Context, s settings, services *services, w workload, instances int) (finding, error) {
	var gateways []*gateway
	defer func() {
		for _, g := range gateways {
			g.process.stop()
		}
	}()
	for range instances {
		g, err := s.gateway(ctx, services, w)
		if err != nil {
			return finding{}, err
		}
		gateways = append(gateways, g)
	}
	if err := ask(ctx, s, gateways, w, s.duration/5); err != nil {
		return finding{}, err
	}
	before, err := spent(gateways)
	if err != nil {
		return finding{}, err
	}
	if err := ask(ctx, s, gateways, w, s.duration); err != nil {
		return finding{}, err
	}
	after, err := spent(gateways)
	if err != nil {
		return finding{}, err
	}
	found := finding{cost: (after - before) / time.Duration(s.count(s.duration))}
	for _, g := range gateways {
		held, err := g.process.memory()
		if err != nil {
			return finding{}, err
		}
		found.memory = max(found.memory, held)
	}
	pause := s.duration / 5
	select {
	case <-time.After(pause):
	case <-ctx.Done():
		return finding{}, ctx.Err()
	}
	rested, err := spent(gateways)
	found.idle = (rested - after).Seconds() / pause.Seconds() / float64(instances)
	return found, err
}

func spent(gateways []*gateway) (sum time.Duration, err error) {
	for _, g := range gateways {
		used, err := g.process.used()
		if err != nil {
			return 0, err
		}
		sum += used
	}
	return sum, nil
}

func (s settings) count(d time.Duration) int { return int(float64(s.rate) * d.Seconds()) }

// ask sends requests at the rate, to one instance after the other. One that fails ends it all.
func ask(ctx context.Context, s settings, gateways []*gateway, w workload, d time.Duration) error {
	authorization := caller(time.Now())
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}, Timeout: 30 * time.Second}
	defer client.CloseIdleConnections()
	total := s.count(d)
	failures := make(chan error, total)
	begin := time.Now()
	pace := time.NewTicker(5 * time.Millisecond)
	defer pace.Stop()
	for sent := 0; sent < total; {
		select {
		case <-pace.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		for due := min(total, s.count(time.Since(begin))); sent < due; sent++ {
			method, url, body := w.request(gateways[sent%len(gateways)].public, sent)
			go func() { failures <- one(ctx, client, authorization, method, url, body) }()
		}
	}
	var all []error
	for range total {
		all = append(all, <-failures)
	}
	if i := slices.IndexFunc(all, func(err error) bool { return err != nil }); i >= 0 {
		return all[i]
	}
	return nil
}

func one(ctx context.Context, client *http.Client, authorization, method, url, body string) error {
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", authorization)
	req.Header.Set("Content-Type", "application/json")
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	switch {
	case err != nil:
		return err
	case res.StatusCode != http.StatusOK || strings.Contains(string(text), `"errors":`):
		return errors.New(res.Status + ": " + string(text[:min(300, len(text))]))
	}
	return nil
}

// secret signs the one token of a run.
const secret = "a secret that signs the token of a benchmark"

// caller is somebody who may see everything by scopes alone.
func caller(now time.Time) (authorization string) {
	claims := fmt.Sprintf(`{"sub":"support","scope":"users:read users:pii orders:read payments:read","iat":%d,"exp":%d}`,
		now.Unix(), now.Add(24*time.Hour).Unix())
	signed := encoded(`{"alg":"HS256","typ":"JWT"}`) + "." + encoded(claims)
	sum := hmac.New(sha256.New, []byte(secret))
	_, _ = sum.Write([]byte(signed)) // it never fails
	return "Bearer " + signed + "." + encoded(string(sum.Sum(nil)))
}

func encoded(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
