package redis

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/redis/rueidis"
)

const (
	// buffer is what a connection reads and writes by, in bytes. Commands and answers are small.
	buffer = 16 << 10
	// refresh is how often sentinels are asked who the master is. A notice of theirs can be missed, and a master that has become a
	// replica closes no connection.
	refresh = 5 * time.Second
	// redirections is how often a cluster may send a command on.
	redirections = 3
)

// optionsOf are rueidis's words for the settings.
//
// Commands are always pipelined: otherwise the deadline of one command would be that of its connection, and one caller who has
// little time would take the connection from everybody. Nothing is tried again: who asks Redis has little time, and knows what
// else to do.
func optionsOf(c Config) (rueidis.ClientOption, error) {
	encryption, err := c.TLS.open()
	if err != nil {
		return rueidis.ClientOption{}, err
	}
	dialer := net.Dialer{Timeout: c.ConnectTimeout, KeepAlive: rueidis.DefaultTCPKeepAlive}
	return rueidis.ClientOption{
		InitAddress: c.Addresses,
		Username:    c.Username,
		Password:    string(c.Password),
		SelectDB:    c.Database,
		Sentinel: rueidis.SentinelOption{
			MasterSet: c.Sentinel.Master, Username: c.Sentinel.Username, Password: string(c.Sentinel.Password),
			Dialer: dialer, TLSConfig: encryption, TopologyRefreshInterval: refresh,
		},
		ClusterOption:       rueidis.ClusterOption{MaxMovedRedirections: redirections},
		Dialer:              dialer,
		TLSConfig:           encryption,
		ConnWriteTimeout:    c.ConnectTimeout,
		ReadBufferEachConn:  buffer,
		WriteBufferEachConn: buffer,
		PipelineMultiplex:   -1, // one connection to each server: the more commands share it, the fewer system calls
		AlwaysPipelining:    true,
		DisableCache:        true,
		DisableRetry:        true,
		ClientSetInfo:       rueidis.DisableClientSetInfo,
	}, nil
}

// open is nil without TLS.
func (t TLS) open() (*tls.Config, error) {
	if !t.Enabled {
		return nil, nil
	}
	config := &tls.Config{ServerName: t.ServerName, MinVersion: tls.VersionTLS12}
	if t.CAFile == "" {
		return config, nil
	}
	text, err := os.ReadFile(t.CAFile)
	if err != nil {
		return nil, fmt.Errorf("read the authorities of Redis: %w", err)
	}
	config.RootCAs = x509.NewCertPool()
	if !config.RootCAs.AppendCertsFromPEM(text) {
		return nil, errors.New("read the authorities of Redis: the file has no certificates in PEM")
	}
	return config, nil
}

// dialer connects. rueidis asks for no context there, so it is given one by the way in which it dials. A single server is known
// by its answer to CLUSTER SLOTS.
func dialer(options rueidis.ClientOption) func(ctx context.Context) (rueidis.Client, error) {
	return func(ctx context.Context) (rueidis.Client, error) {
		options.DialCtxFn = func(each context.Context, address string, d *net.Dialer, encryption *tls.Config) (net.Conn, error) {
			each, cancel := context.WithCancel(each)
			defer cancel()
			defer context.AfterFunc(ctx, cancel)()
			if encryption == nil {
				return d.DialContext(each, "tcp", address)
			}
			return (&tls.Dialer{NetDialer: d, Config: encryption}).DialContext(each, "tcp", address)
		}
		return rueidis.NewClient(options)
	}
}
