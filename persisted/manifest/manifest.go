// Package manifest answers which documents the file that a client's build has written tells of.
//
// There are three forms. Apollo's manifest lists operations (format apollo-persisted-query-manifest, version 1). Relay's is one
// object, of texts by their ids (persisted_queries.json). And a folder of files *.graphql, or a single file, has no ids: that of
// a file is the SHA-256 of what it holds. The name of a file would be no id, since it names another text after the next change,
// and clients that are out there still mean the old one.
package manifest

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Document is what a manifest tells of one document.
type Document struct {
	// ID is what clients name it by.
	ID string
	// Name is that of its operation, as far as there is one and it has a name.
	Name string
	// Text is the document.
	Text string
	// Client is the name of the client whose document it is, where the manifest says so.
	Client string
	// Tool is the member "tool" of Apollo's entry, which makes its operation a tool (package tool): JSON without blanks, empty
	// where there is none.
	Tool string
	// File and Line are where it stands. Lines count from 1.
	File string
	Line int
}

// Listed reports whether the document stands in a manifest, and not in a file of its own, where its lines are the file's.
func (d Document) Listed() bool { return isManifest(d.File) }

// isManifest goes by the name of a file. What it holds cannot always tell: { begins a document, too.
func isManifest(file string) bool { return filepath.Ext(file) == ".json" }

// The bounds of what is read.
const (
	// MaxFile is the most bytes of a file.
	MaxFile = 64 << 20
	// MaxDocuments is the most documents of a manifest or a folder.
	MaxDocuments = 100_000
	// MaxID is the most bytes of an id.
	MaxID = 256
	// MaxTool is the most bytes of what says that an operation is a tool.
	MaxTool = 16 << 10
)

// extension is that of files that hold a document.
const extension = ".graphql"

// Mistake is what is wrong with a manifest, and on which line.
type Mistake struct {
	File    string
	Line    int
	Message string
}

// Error is the place and the message. It quotes nothing of the file but ids.
func (m *Mistake) Error() string { return fmt.Sprintf("%s:%d: %s", m.File, m.Line, m.Message) }

// Read reads a manifest (a file *.json), a document (any other file), or the files *.graphql of a folder and of the folders in
// it. What is hidden in a folder does not count: that is where Kubernetes keeps what its links lead to. The documents are in
// the order of the file, or in that of the files' names. They need not be valid. What a file holds that is no manifest is a
// *Mistake.
func Read(name string) ([]Document, error) {
	files, err := Files(name)
	if err != nil {
		return nil, err
	}
	var all []Document
	for _, file := range files {
		text, err := readFile(file)
		if err != nil {
			return nil, err
		}
		documents, err := Parse(file, text)
		if err != nil {
			return nil, err
		}
		if all = append(all, documents...); len(all) > MaxDocuments {
			return nil, fmt.Errorf("read %s: it has more than %d documents", name, MaxDocuments)
		}
	}
	return all, nil
}

// Files are a file itself, or the files *.graphql of a folder. Links are followed to files, and not to folders but for the
// first.
func Files(name string) ([]string, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{name}, nil
	}
	var files []string
	err = fs.WalkDir(os.DirFS(name), ".", func(at string, entry fs.DirEntry, err error) error {
		hidden := at != "." && strings.HasPrefix(entry.Name(), ".")
		switch {
		case err != nil:
			return err
		case hidden && entry.IsDir():
			return fs.SkipDir
		case !hidden && !entry.IsDir() && path.Ext(at) == extension:
			files = append(files, filepath.Join(name, filepath.FromSlash(at)))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s: there is no file *%s in it", name, extension)
	}
	return files, nil
}

// readFile reads a file of bounded size, and no pipe, which would wait for a writer.
func readFile(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New(name + " is not a regular file")
	}
	if err != nil {
		return nil, err
	}
	file, err := os.Open(name) //nolint:gosec // the operator names it
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // nothing was written
	text, err := io.ReadAll(io.LimitReader(file, MaxFile+1))
	if err == nil && len(text) > MaxFile {
		err = errors.New(name + " is too large")
	}
	if err != nil {
		return nil, err
	}
	return text, nil
}

// Parse reads what a file holds: a manifest where its name ends in .json, and else a document. The error is a *Mistake.
func Parse(file string, text []byte) ([]Document, error) {
	if isManifest(file) {
		return parseManifest(file, text)
	}
	return parseDocument(file, string(text))
}

func parseDocument(file, text string) ([]Document, error) {
	if err := checkText(text); err != nil {
		return nil, &Mistake{File: file, Line: 1, Message: err.Error()}
	}
	return []Document{{ID: Hash(text), Name: nameOf(text), Text: text, File: file, Line: 1}}, nil
}

// Hash is the SHA-256 of a text, as clients write it: 64 hexadecimal digits, in small letters.
func Hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
