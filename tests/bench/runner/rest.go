package main

import (
	"bytes"
	"cmp"
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
	nameAnswerUser = "answer-user"
	nameDirect     = "direct"
	nameNginx      = "nginx"
	nameHAProxy    = "haproxy"
	nameProxy      = "proxy"
	nameTuned      = "proxy-tuned"
	nameRaw        = "concierge-raw"
	nameFiltered   = "concierge-filtered"
)

// userCount is how many users are asked for, one after the other.
const userCount = 1000

// rest asks for users, one by one.
func rest(ctx context.Context, s *services) (workload, error) {
	records, err := list(ctx, s, "user", "/users/", userCount)
	if err != nil {
		return workload{}, err
	}
	one := []string{"user"}
	return workload{
		title: fmt.Sprintf("%d users over REST, GET /v1/users/{id}", userCount),
		peers: []peer{
			{name: nameAnswerUser, path: "/v1/users/", command: answering(records[0]), calls: []string{}, open: true, one: true},
			{name: nameDirect, path: "/users/", calls: one, open: true},
			{name: nameNginx, path: "/v1/users/", command: nginx, program: "nginx", calls: one, open: true},
			{name: nameHAProxy, path: "/v1/users/", command: haproxy, program: "haproxy", calls: one, open: true},
			{name: nameProxy, path: "/v1/users/", command: proxy, calls: one, open: true},
			{name: nameTuned, path: "/v1/users/", command: tuned, calls: one, open: true},
			{name: nameRaw, path: "/v1/users/", command: routes, calls: one, open: true},
			{name: nameFiltered, path: "/v2/users/", command: routes, calls: one, filters: true},
		},
		bases: []string{nameAnswerUser, nameDirect, nameTuned},
		targets: []target{
			{peer: nameRaw, most: 3.3, aim: 2.5, of: nameAnswerUser, figure: processorTimes(), connections: 64},
			{peer: nameFiltered, most: 5.8, aim: 4.2, of: nameAnswerUser, figure: processorTimes(), connections: 64},
			{peer: nameRaw, most: 1, of: nameTuned, figure: processorTimes()},
			{peer: nameFiltered, most: 1.5, of: nameTuned, figure: processorTimes()},
		},
		questions: func(ctx context.Context, s *server) ([]question, error) { return s.each(ctx, records, shownUser) },
	}, nil
}

func proxy(b *bench, at place) ([]string, error) {
	return []string{filepath.Join(b.settings.bin, "proxy"), "-listen", at.listen, "-service", b.services.url("user")}, nil
}

func tuned(b *bench, at place) ([]string, error) {
	argv, err := proxy(b, at)
	return append(argv, "-tuned"), err
}

// nginx tells the service who asked, as the others do.
func nginx(b *bench, at place) ([]string, error) {
	return b.nginx("nginx.conf", fmt.Sprintf(`  upstream user {
    server %s;
    keepalive 256;
    keepalive_requests 1000000000;
  }
  server {
    listen %s;
    location /v1/ {
      proxy_pass http://user/;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Host $http_host;
      proxy_set_header X-Forwarded-Proto $scheme;
    }
  }
`, b.services.addresses["user"], at.listen))
}

// nginx has a worker for each processor and keeps connections on both sides for as long as Go does: by itself it would end each
// after a thousand requests. servers are its own.
func (b *bench) nginx(file, servers string) ([]string, error) {
	program, err := find("nginx")
	if err != nil {
		return nil, err
	}
	user := ""
	if os.Geteuid() == 0 {
		user = "user root;\n" // its workers write below this run's directory, as all of its processes do
	}
	return b.configured(file, user+fmt.Sprintf(`daemon off;
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
%[2]s}
`, b.dir, servers), program, "-p", b.dir, "-c")
}

// haproxy has a thread for each processor, and shares its connections to the service between clients, as nginx does.
func haproxy(b *bench, at place) ([]string, error) {
	program, err := find("haproxy")
	if err != nil {
		return nil, err
	}
	return b.configured("haproxy.cfg", fmt.Sprintf(`global
  maxconn 4096
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  timeout http-keep-alive 90s
frontend public
  bind %s
  default_backend user
backend user
  http-reuse always
  option forwardfor
  http-request set-header X-Forwarded-Host %%[req.hdr(host)]
  http-request set-header X-Forwarded-Proto http
  http-request replace-path /v1(/.*) \1
  server user %s pool-max-conn 256
`, at.listen, b.services.addresses["user"]), program, "-db", "-f")
}

// routes is Concierge with a route that hands on everything, to a service of which it knows nothing, and one that shows what the
// schema knows. The service is the same: it listens twice.
func routes(b *bench, at place) ([]string, error) { return b.concierge(at, routed(b, "")) }

// routed are its settings, with more said of each service.
func routed(b *bench, each string) manner {
	plain := fmt.Sprintf("  plain: {urls: [%q], timeouts: *patient%s}\n", b.services.url("plain"), each)
	return manner{each: each, services: plain, settings: uncached + `rest:
  routes:
    - {match: "GET /users/{id}", version: v1, upstream: plain, to: "/users/{id}", raw: true, public: true}
    - {match: "GET /users/{id}", version: v2, upstream: user, to: "/users/{id}", returns: User, rename: {username: user_name}}
` + outOfReach}
}

// list are a service's answers for its records, by id, from 1.
func list(ctx context.Context, s *services, service, path string, count int) ([][]byte, error) {
	c, err := dial(ctx, s.addresses[service])
	if err != nil {
		return nil, err
	}
	defer c.close()
	all := make([][]byte, count)
	for i := range all {
		answer, err := c.ask(get(s.addresses[service], "", path+strconv.Itoa(i+1)))
		if err != nil {
			return nil, fmt.Errorf("%s %d: %w", service, i+1, err)
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

// each asks a peer for every record once, and compares the answers: with the service's, byte for byte, or where the peer filters,
// with those members that it shall show, under their names.
func (s *server) each(ctx context.Context, records [][]byte, shown func(record []byte) (object, error)) ([]question, error) {
	c, err := dial(ctx, s.listen)
	if err != nil {
		return nil, err
	}
	defer c.close()
	if s.one {
		records = records[:1]
	}
	all := make([]question, len(records))
	for i, record := range records {
		all[i].request = get(s.listen, s.authorization, s.path+strconv.Itoa(i+1))
		answer, err := c.ask(all[i].request)
		if err != nil {
			return nil, fmt.Errorf("record %d: %w", i+1, err)
		}
		if err := s.compareRecord(answer, record, shown); err != nil {
			return nil, fmt.Errorf("record %d: %w", i+1, err)
		}
		all[i].answer = bytes.Clone(answer)
	}
	return all, nil
}

func (s *server) compareRecord(answer, record []byte, shown func(record []byte) (object, error)) error {
	if s.filters {
		want, err := shown(record)
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

// shownUser is a record as the filtering route shows it.
func shownUser(record []byte) (object, error) {
	return shown(record, map[string]string{"username": "user_name"},
		"id", "name", "username", "email", "phone", "role", "status", "address", "created_at", "updated_at")
}

// shown are the members of a record that the schema knows, some of them renamed.
func shown(record []byte, renamed map[string]string, known ...string) (object, error) {
	var all object
	dec := json.NewDecoder(bytes.NewReader(record))
	dec.UseNumber()
	if err := dec.Decode(&all); err != nil {
		return nil, fmt.Errorf("read %.200s: %w", record, err)
	}
	found := make(object)
	for name, value := range all {
		if slices.Contains(known, name) {
			found[cmp.Or(renamed[name], name)] = value
		}
	}
	return found, nil
}
