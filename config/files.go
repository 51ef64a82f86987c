package config

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
)

// fileTag marks settings that name a file or folder which is read once, when what they belong to is opened: what it holds is part
// of the configuration then. Files that are looked at again and again by whoever reads them have none.
const fileTag = "file"

// Files are the names of files and folders.
type Files []string

// FilesOf are the files and folders that a section of the configuration leads to, each once.
func FilesOf(section any) Files {
	var found Files
	addFiles(&found, reflect.ValueOf(section))
	slices.Sort(found)
	return slices.Compact(found)
}

func addFiles(found *Files, v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for field, value := range v.Fields() {
			if !field.IsExported() {
				continue
			}
			if _, names := field.Tag.Lookup(fileTag); names {
				addNamed(found, value)
			} else {
				addFiles(found, value)
			}
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			addFiles(found, v.Index(i))
		}
	case reflect.Map:
		for _, value := range v.Seq2() {
			addFiles(found, value)
		}
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			addFiles(found, v.Elem())
		}
	default:
	}
}

// addNamed adds what a setting names: one file, or a list of them.
func addNamed(found *Files, v reflect.Value) {
	if v.Kind() == reflect.String {
		addFile(found, v.String())
		return
	}
	for i := range v.Len() {
		addFile(found, v.Index(i).String())
	}
}

// addFile adds what may be there, or may come. A URL or a word for something built in does no harm: nothing lies there.
func addFile(found *Files, name string) {
	if name != "" {
		*found = append(*found, name)
	}
}

// Digests are short names of what each file holds, of folders with all below them.
func (f Files) Digests() map[string]string {
	digests := make(map[string]string, len(f))
	for _, name := range f {
		digests[name] = digestOf(name)
	}
	return digests
}

// digestOf is the same for as long as the content is. What cannot be read has one as well.
func digestOf(name string) string {
	sum := sha256.New()
	for at, info := range within(name) {
		if info == nil {
			continue // it is missing from the sum, as it is for whoever reads it
		}
		text, err := read(at)
		if err != nil {
			continue
		}
		one := sha256.Sum256(text)
		sum.Write([]byte(strings.TrimPrefix(at, name) + "\x00"))
		sum.Write(one[:])
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// within are a file, or all regular files below a folder, through links, in their order, with what the kernel says of each: nil
// where there is nothing. Folders that Kubernetes keeps for its own use, whose names begin with two dots, are left out: the files
// are links to what lies in them.
func within(name string) iter.Seq2[string, fs.FileInfo] {
	return func(yield func(string, fs.FileInfo) bool) {
		info, err := os.Stat(name)
		switch {
		case err != nil:
			yield(name, nil)
		case info.Mode().IsRegular():
			yield(name, info)
		case info.IsDir():
			_ = fs.WalkDir(os.DirFS(name), ".", func(at string, entry fs.DirEntry, err error) error {
				switch path := filepath.Join(name, at); {
				case err != nil || at == ".":
					return nil //nolint:nilerr // it is as good as not there
				case strings.HasPrefix(entry.Name(), ".."):
					return skip(entry)
				default:
					info, err := os.Stat(path)
					if err == nil && info.Mode().IsRegular() && !yield(path, info) {
						return fs.SkipAll
					}
					return nil
				}
			})
		}
	}
}

func skip(entry fs.DirEntry) error {
	if entry.IsDir() {
		return fs.SkipDir
	}
	return nil
}
