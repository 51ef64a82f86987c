package tests

import (
	"syscall"
	"testing"
)

// So does a container that holds nothing but the program: the samples are the services of deploy/compose, and health is its health
// check.
func TestTheSampleServicesRunAloneAndSayHowTheyAre(t *testing.T) {
	inOneRun(t)
	t.Parallel()
	samples := run(t, nil, "samples", "--listen", "127.0.0.1:0")
	url := said(t, samples.stdout, `(?m)^payment +(http://127\.0\.0\.1:\d+) `)[1]
	if code := run(t, nil, "health", "--url", url+"/healthz").end(t); code != 0 {
		t.Errorf("of what is well, health exits with %d", code)
	}
	ill := run(t, nil, "health", "--url", url+"/nowhere")
	if code := ill.end(t); code != 1 {
		t.Errorf("of what is not, health exits with %d", code)
	}
	said(t, ill.stderr, `/nowhere answers with 404`)
	if err := samples.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := samples.end(t); code != 0 {
		t.Errorf("samples that were told to end exit with %d", code)
	}
}
