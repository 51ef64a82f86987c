// Command h2spec runs the conformance tests of HTTP/2 of the project of that name against a server with TLS, and prints the
// outcome of each on a line: its number, passed, failed or skipped, and what it is about. It is a module of its own, so that its
// dependencies are none of the gateway's.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/summerwind/h2spec/config"
	"github.com/summerwind/h2spec/generic"
	"github.com/summerwind/h2spec/hpack"
	"github.com/summerwind/h2spec/http2"
	"github.com/summerwind/h2spec/spec"
)

func main() {
	port := flag.Int("port", 443, "the `port` of the server on this machine")
	path := flag.String("path", "/", "the `path` that is asked for")
	timeout := flag.Duration("timeout", 3*time.Second, "how long a test waits; net/http closes a second after it said why")
	sections := flag.String("sections", "", "the `numbers` of sections, separated by commas; all without them")
	flag.Parse()
	c := &config.Config{
		Host: "127.0.0.1", Port: *port, Path: *path, Timeout: *timeout, MaxHeaderLen: 4000, Strict: true, TLS: true, Insecure: true,
	}
	if *sections != "" {
		c.Sections = strings.Split(*sections, ",")
	}
	out := os.Stdout
	os.Stdout, _ = os.OpenFile(os.DevNull, os.O_WRONLY, 0) // the tests print by themselves what they do
	for _, group := range []*spec.TestGroup{generic.Spec(), http2.Spec(), hpack.Spec()} {
		group.Test(c)
		tell(out, group)
	}
}

// tell prints the outcomes of a group's tests.
func tell(w io.Writer, group *spec.TestGroup) {
	for i, test := range append(append([]*spec.TestCase(nil), group.Tests...), group.StrictTests...) {
		if test.Result == nil {
			continue
		}
		outcome := "passed"
		switch {
		case test.Result.Skipped:
			outcome = "skipped"
		case test.Result.Failed:
			outcome = "failed"
		}
		fmt.Fprintf(w, "%s/%d %s %s\n", group.ID(), i+1, outcome, test.Desc)
	}
	for _, each := range group.Groups {
		tell(w, each)
	}
}
