package tests

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// nginxConfig is a site of files, with what sites of files do. It compresses for proxies too, whom it knows by Via. Where the tests
// are root's, so are the files.
const nginxConfig = `
daemon off;
user root;
worker_processes 1;
pid %[1]s/nginx.pid;
error_log %[1]s/error.log;
events {}
http {
	access_log off;
	client_body_temp_path %[1]s/bodies;
	proxy_temp_path %[1]s/proxy;
	fastcgi_temp_path %[1]s/fastcgi;
	uwsgi_temp_path %[1]s/uwsgi;
	scgi_temp_path %[1]s/scgi;
	types { text/html html; text/plain txt; application/json json; image/png png; }
	client_max_body_size 50k;
	server {
		listen %[2]s;
		root %[1]s/site;
		absolute_redirect off;
		location /zipped/ { alias %[1]s/site/; gzip on; gzip_min_length 1; gzip_proxied any; gzip_types text/plain; gzip_vary on; }
		location = /elsewhere { return 302 https://other.example/login?next=%%2Felsewhere; }
		location = /moved { return 301 /plain.txt; }
		location = /kept { return 308 //plain.txt; }
		location = /none { return 204; }
		location = /odd { return 418 "short and stout"; }
		location = /locked { return 401; add_header WWW-Authenticate 'Basic realm="nginx"' always; }
		location = /broken { return 500 "nginx has broken"; }
		location = /cookies {
			add_header Set-Cookie "a=1; Path=/; HttpOnly";
			add_header Set-Cookie "b=2; Path=/; Secure";
			add_header Set-Cookie "a=3; Path=/other";
			add_header X-Twice "one, two"; add_header X-Twice "three"; add_header X-Empty "";
			add_header Cache-Control "max-age=60, private"; add_header Link "</style.css>; rel=preload";
			return 200 "cookies\n";
		}
		location = /page { add_header Content-Security-Policy "default-src 'self'"; try_files /page.html =404; }
		location = /frames { add_header X-Frame-Options SAMEORIGIN; add_header Referrer-Policy origin; try_files /page.html =404; }
		location = /unnamed { types {} default_type ""; try_files /plain.txt =404; }
	}
}
`

// nginxSite are the files of it, with a time that does not change.
func nginxSite(t *testing.T, root string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(root, "site", "directory"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"plain.txt":            strings.Repeat("0123456789", 100),
		"page.html":            "<!DOCTYPE html><title>nginx</title><script src=app.js></script>",
		"empty.txt":            "",
		"data.json":            `{"password_hash": "of nobody"}`,
		"with space+plus.txt":  "a name that is written in two ways",
		"ünïcode.txt":          "a name of other letters",
		"directory/index.html": "<title>directory</title>",
		"large.png":            strings.Repeat("\x89PNG\r\n\x1a\n", 300_000),
	} {
		file := filepath.Join(root, "site", name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		then := time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)
		if err := os.Chtimes(file, then, then); err != nil {
			t.Fatal(err)
		}
	}
}

// nginx runs it before such files until the test ends, and returns its URL.
func nginx(t *testing.T) string {
	t.Helper()
	inOneRun(t)
	root := t.TempDir()
	nginxSite(t, root)
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	socket, err := listener.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(root, "nginx.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, nginxConfig, root, address), 0o600); err != nil {
		t.Fatal(err)
	}
	process := exec.CommandContext(context.WithoutCancel(t.Context()), needed(t, "nginx"), "-p", root, "-c", config,
		"-e", filepath.Join(root, "error.log"))
	process.ExtraFiles = []*os.File{socket}
	process.Env = []string{"NGINX=3;"} // it then serves on a socket that is open, as when it is replaced
	said := new(strings.Builder)
	process.Stderr = said
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	if err := socket.Close(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = process.Process.Signal(syscall.SIGTERM)
		if err := process.Wait(); err != nil {
			t.Errorf("nginx ended with %v\n%s", err, said)
		}
	})
	return "http://" + address
}

// needed is where a program is that the tests need. make setup installs it.
func needed(t *testing.T, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Fatalf("%v: make setup installs what tests need", err)
	}
	return path
}
