package deploy

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"debug/elf"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// image is what make image left: an OCI archive (https://github.com/opencontainers/image-spec) with one image.
type image struct {
	blobs  map[string][]byte // by their names in the archive
	layers []string
	config struct {
		Architecture string `json:"architecture"`
		OS           string `json:"os"`
		Config       struct {
			User         string              `json:"User"`
			ExposedPorts map[string]struct{} `json:"ExposedPorts"`
			Env          []string            `json:"Env"`
			Entrypoint   []string            `json:"Entrypoint"`
			Cmd          []string            `json:"Cmd"`
			WorkingDir   string              `json:"WorkingDir"`
			Labels       map[string]string   `json:"Labels"`
			StopSignal   string              `json:"StopSignal"`
		} `json:"config"`
	}
}

// descriptor names a blob.
type descriptor struct {
	MediaType string `json:"mediaType"`
	Digest    string `json:"digest"`
	Size      int64  `json:"size"`
}

func opened(t *testing.T) image {
	t.Helper()
	text, err := os.ReadFile("../../bin/image.tar")
	if err != nil {
		t.Fatalf("make image comes first: %v", err)
	}
	i := image{blobs: make(map[string][]byte)}
	each(t, bytes.NewReader(text), func(header *tar.Header, content []byte) { i.blobs[header.Name] = content })
	var index struct {
		Manifests []descriptor `json:"manifests"`
	}
	i.decode(t, "index.json", &index)
	if len(index.Manifests) != 1 {
		t.Fatalf("it holds %d images", len(index.Manifests))
	}
	var manifest struct {
		Config descriptor   `json:"config"`
		Layers []descriptor `json:"layers"`
	}
	i.decode(t, blob(index.Manifests[0]), &manifest)
	i.decode(t, blob(manifest.Config), &i.config)
	for _, layer := range manifest.Layers {
		i.layers = append(i.layers, blob(layer))
	}
	return i
}

func blob(d descriptor) string { return "blobs/" + strings.ReplaceAll(d.Digest, ":", "/") }

func (i image) decode(t *testing.T, name string, into any) {
	t.Helper()
	if err := json.Unmarshal(i.blobs[name], into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// files hands out what is in the image.
func (i image) files(t *testing.T, take func(header *tar.Header, content []byte)) {
	t.Helper()
	for _, name := range i.layers {
		unzipped, err := gzip.NewReader(bytes.NewReader(i.blobs[name]))
		if err != nil {
			t.Fatal(err)
		}
		each(t, unzipped, take)
	}
}

func each(t *testing.T, from io.Reader, take func(header *tar.Header, content []byte)) {
	t.Helper()
	for archive := tar.NewReader(from); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		take(header, content)
	}
}

// unpack writes the image into a folder.
func (i image) unpack(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	i.files(t, func(header *tar.Header, content []byte) {
		at := filepath.Join(root, filepath.FromSlash(header.Name))
		mode := header.FileInfo().Mode()
		if header.Typeflag == tar.TypeDir {
			if err := os.MkdirAll(at, mode.Perm()); err != nil {
				t.Fatal(err)
			}
			return
		}
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, content, mode.Perm()); err != nil {
			t.Fatal(err)
		}
	})
	for at := root; at != filepath.Dir(os.TempDir()) && at != "/"; at = filepath.Dir(at) {
		if err := os.Chmod(at, 0o755); err != nil { //nolint:gosec // another user enters it
			t.Fatal(err)
		}
		if filepath.Dir(at) == filepath.Clean(os.TempDir()) {
			break
		}
	}
	return root
}

func TestTheImageHoldsTheProgramAndNothingToRunBesides(t *testing.T) {
	var names, executable []string
	var binary []byte
	opened(t).files(t, func(header *tar.Header, content []byte) {
		if header.Typeflag == tar.TypeDir {
			return
		}
		name := "/" + strings.TrimPrefix(header.Name, "/")
		names = append(names, name)
		if header.Typeflag != tar.TypeReg || header.Mode&0o7022 != 0 {
			t.Errorf("%s is of type %c with mode %o", name, header.Typeflag, header.Mode)
		}
		if header.Uid != 0 || header.Gid != 0 {
			t.Errorf("%s belongs to %d:%d, who could change it", name, header.Uid, header.Gid)
		}
		if header.Mode&0o111 != 0 {
			executable = append(executable, name)
			binary = content
		}
	})
	slices.Sort(names)
	want := []string{
		"/concierge", "/etc/group", "/etc/passwd", "/etc/ssl/certs/ca-certificates.crt", "/licenses/CA_CERTIFICATES", "/licenses/LICENSE",
		"/licenses/THIRD_PARTY_LICENSES",
	}
	if os.Getenv("CA_BUNDLE") != "" { // whoever made that knows its licence
		want = slices.DeleteFunc(want, func(name string) bool { return name == "/licenses/CA_CERTIFICATES" })
	}
	if !slices.Equal(names, want) {
		t.Errorf("it holds %v, want %v", names, want)
	}
	if !slices.Equal(executable, []string{"/concierge"}) {
		t.Fatalf("%v can be run", executable)
	}
	if !bytes.Equal(binary, read(t, program(t))) {
		t.Error("its program is not that of bin")
	}
	static(t, binary)
}

// static fails where a program needs others to be loaded.
func static(t *testing.T, binary []byte) {
	t.Helper()
	parsed, err := elf.NewFile(bytes.NewReader(binary))
	if err != nil {
		t.Fatal(err)
	}
	libraries, err := parsed.ImportedLibraries()
	if err != nil && !errors.Is(err, elf.ErrNoSymbols) {
		t.Fatal(err)
	}
	if parsed.Section(".interp") != nil || len(libraries) != 0 {
		t.Errorf("the program is not static: it needs %v", libraries)
	}
}

func TestTheImageSaysHowItIsRun(t *testing.T) {
	i := opened(t)
	said := i.config.Config
	if said.User != "65532:65532" {
		t.Errorf("it runs as %q", said.User)
	}
	if !slices.Equal(said.Entrypoint, []string{"/concierge"}) ||
		!slices.Equal(said.Cmd, []string{"serve", "--config", "/etc/concierge/gateway.yml"}) {
		t.Errorf("it runs %v %v", said.Entrypoint, said.Cmd)
	}
	if said.WorkingDir != "/etc/concierge" || said.StopSignal != "SIGTERM" || i.config.OS != "linux" {
		t.Errorf("it says %+v of %s", said, i.config.OS)
	}
	for _, port := range []string{"8080/tcp", "9090/tcp"} {
		if _, ok := said.ExposedPorts[port]; !ok {
			t.Errorf("port %s is not named", port)
		}
	}
	for _, label := range []string{"title", "description", "licenses", "documentation", "version", "revision", "created"} {
		if said.Labels["org.opencontainers.image."+label] == "" {
			t.Errorf("the label org.opencontainers.image.%s is missing", label)
		}
	}
	for _, variable := range said.Env {
		if !strings.HasPrefix(variable, "PATH=") {
			t.Errorf("the environment holds %s", variable)
		}
	}
}

func TestTheImageIsSmall(t *testing.T) {
	const most = 30_000_000
	i := opened(t)
	size := 0
	for _, layer := range i.layers {
		size += len(i.blobs[layer])
	}
	if size > most {
		t.Errorf("its layers have %d bytes, want %d at most", size, most)
	}
}
