package deploy

import (
	"net"
	"net/url"
	"testing"
	"time"

	"sigs.k8s.io/yaml"
)

// settings are those of a gateway.yml that the files around it must agree with.
type settings struct {
	Server struct {
		Listen   string `json:"listen"`
		Timeouts struct {
			DrainDelay string `json:"drain_delay"`
			Drain      string `json:"drain"`
		} `json:"timeouts"`
	} `json:"server"`
	Admin struct {
		Listen string `json:"listen"`
	} `json:"admin"`
	Redis struct {
		Addresses []string `json:"addresses"`
	} `json:"redis"`
	Tracing struct {
		Endpoint string `json:"endpoint"`
	} `json:"tracing"`
	Upstreams map[string]struct {
		URLs []string `json:"urls"`
	} `json:"upstreams"`
}

func settingsOf(t *testing.T, text []byte) settings {
	t.Helper()
	var s settings
	if err := yaml.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// drainOf is how long a gateway takes to end at most.
func drainOf(t *testing.T, text []byte) time.Duration {
	t.Helper()
	s := settingsOf(t, text)
	var sum time.Duration
	for _, each := range []string{s.Server.Timeouts.DrainDelay, s.Server.Timeouts.Drain} {
		d, err := time.ParseDuration(each)
		if err != nil {
			t.Fatalf("drain_delay and drain are both said: %v", err)
		}
		sum += d
	}
	return sum
}

// called are the ports that the gateway calls.
func (s settings) called(t *testing.T) map[string]string {
	t.Helper()
	ports := make(map[string]string)
	for _, address := range s.Redis.Addresses {
		ports["redis"] = portOf(t, address)
	}
	addresses := map[string]string{"tracing": s.Tracing.Endpoint}
	for name, service := range s.Upstreams {
		addresses[name] = service.URLs[0]
	}
	for name, address := range addresses {
		parsed, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		ports[name] = parsed.Port()
	}
	return ports
}

func portOf(t *testing.T, address string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return port
}
