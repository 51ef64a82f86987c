package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// The peers that answer REST. Two of them are one program: it sets the collector as Go does, or as Concierge does.
const (
	nameDirect   = "direct"
	nameNginx    = "nginx"
	nameProxy    = "proxy"
	nameTuned    = "proxy-tuned"
	nameRaw      = "concierge-raw"
	nameFiltered = "concierge-filtered"
)

// userCount is how many users are asked for, one after the other.
const userCount = 1000

// rest asks for users, one by one.
func rest(ctx context.Context, s *services) (workload, error) {
	records, err := users(ctx, s)
	if err != nil {
		return workload{}, err
	}
	one := []string{"user"}
	return workload{
		title: fmt.Sprintf("%d users over REST, GET /v1/users/{id}", userCount),
		peers: []peer{
			{name: nameDirect, path: "/users/", calls: one, open: true},
			{name: nameNginx, path: "/v1/users/", command: nginx, program: "nginx", calls: one, open: true},
			{name: nameProxy, path: "/v1/users/", command: proxy, calls: one, open: true},
			{name: nameTuned, path: "/v1/users/", command: tuned, calls: one, open: true},
			{name: nameRaw, path: "/v1/users/", command: routes, calls: one, open: true},
			{name: nameFiltered, path: "/v2/users/", command: routes, calls: one, filters: true},
		},
		bases: []string{nameDirect, nameTuned},
		targets: []target{
			{peer: nameRaw, most: 1, of: nameTuned, figure: processorTimes()},
			{peer: nameFiltered, most: 1.5, of: nameTuned, figure: processorTimes()},
		},
		questions: func(ctx context.Context, s *server) ([]question, error) { return s.users(ctx, records) },
	}, nil
}

func proxy(b *bench, at place) ([]string, error) {
	return []string{filepath.Join(b.settings.bin, "proxy"), "-listen", at.listen, "-service", b.services.url("user")}, nil
}

func tuned(b *bench, at place) ([]string, error) {
	argv, err := proxy(b, at)
	return append(argv, "-tuned"), err
}

// nginx has a worker for each processor and keeps connections on both sides for as long as Go does: by itself it would end each
// after a thousand requests. It tells the service who asked, as the others do.
func nginx(b *bench, at place) ([]string, error) {
	program, err := find("nginx")
	if err != nil {
		return nil, err
	}
	user := ""
	if os.Geteuid() == 0 {
		user = "user root;\n" // its workers write below this run's directory, as all of its processes do
	}
	return b.configured("nginx.conf", user+fmt.Sprintf(`daemon off;
worker_processes auto;
pid %[1]s/nginx.pid;
error_log stderr;
events { worker_connections 4096; }
http {
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path %[1]s/nginx-body;
  proxy_temp_path %[1]s/nginx-proxy;
  fastcgi_temp_path %[1]s/nginx-fastcgi;
  uwsgi_temp_path %[1]s/nginx-uwsgi;
  scgi_temp_path %[1]s/nginx-scgi;
  upstream user {
    server %[2]s;
    keepalive 256;
    keepalive_requests 1000000000;
  }
  server {
    listen %[3]s;
    location /v1/ {
      proxy_pass http://user/;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Host $http_host;
      proxy_set_header X-Forwarded-Proto $scheme;
    }
  }
}
`, b.dir, b.services.addresses["user"], at.listen), program, "-p", b.dir, "-c")
}

// routes is Concierge with a route that hands on everything, to a service of which it knows nothing, and one that shows what the
// schema knows. The service is the same: it listens twice.
func routes(b *bench, at place) ([]string, error) {
	return b.concierge(at, fmt.Sprintf("  plain: {urls: [%q], timeouts: *patient}\n", b.services.url("plain")), `rest:
  routes:
    - {match: "GET /users/{id}", version: v1, upstream: plain, to: "/users/{id}", raw: true, public: true}
    - {match: "GET /users/{id}", version: v2, upstream: user, to: "/users/{id}", returns: User, rename: {username: user_name}}
`+outOfReach)
}

// users are the service's answers, by id, from 1.
func users(ctx context.Context, s *services) ([][]byte, error) {
	c, err := dial(ctx, s.addresses["user"])
	if err != nil {
		return nil, err
	}
	defer c.close()
	all := make([][]byte, userCount)
	for i := range all {
		answer, err := c.ask(get(s.addresses["user"], "", "/users/"+strconv.Itoa(i+1)))
		if err != nil {
			return nil, fmt.Errorf("user %d: %w", i+1, err)
		}
		all[i] = bytes.Clone(answer)
	}
	return all, nil
}

// get is the text of a GET, by a caller or by nobody.
func get(address, authorization, target string) []byte {
	head := "GET " + target + " HTTP/1.1\r\nHost: " + address + "\r\nUser-Agent: bench\r\nAccept: application/json\r\n"
	if authorization != "" {
		head += "Authorization: " + authorization + "\r\n"
	}
	return []byte(head + "\r\n")
}

// users asks a peer for every user once, and compares the answers: with the service's, byte for byte, or where the peer filters,
// with those members that it shall show, under their names.
func (s *server) users(ctx context.Context, records [][]byte) ([]question, error) {
	c, err := dial(ctx, s.listen)
	if err != nil {
		return nil, err
	}
	defer c.close()
	all := make([]question, len(records))
	for i, record := range records {
		all[i].request = get(s.listen, s.authorization, s.path+strconv.Itoa(i+1))
		answer, err := c.ask(all[i].request)
		if err != nil {
			return nil, fmt.Errorf("user %d: %w", i+1, err)
		}
		if err := s.compareUser(answer, record); err != nil {
			return nil, fmt.Errorf("user %d: %w", i+1, err)
		}
		all[i].answer = bytes.Clone(answer)
	}
	return all, nil
}

func (s *server) compareUser(answer, record []byte) error {
	if s.filters {
		want, err := shownUser(record)
		if err != nil {
			return err
		}
		return compare(answer, want)
	}
	if !bytes.Equal(answer, record) {
		return fmt.Errorf("the answer is %.300s, and should be %.300s", answer, record)
	}
	return nil
}

// shownUser is a record as the filtering route shows it: the members that the schema knows, one of them renamed.
func shownUser(record []byte) (object, error) {
	var all object
	dec := json.NewDecoder(bytes.NewReader(record))
	dec.UseNumber()
	if err := dec.Decode(&all); err != nil {
		return nil, fmt.Errorf("read %.200s: %w", record, err)
	}
	known := []string{"id", "name", "username", "email", "phone", "role", "status", "address", "created_at", "updated_at"}
	shown := make(object)
	for name, value := range all {
		switch {
		case name == "username":
			shown["user_name"] = value
		case slices.Contains(known, name):
			shown[name] = value
		}
	}
	return shown, nil
}
