package persisted

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/concierge-gateway/concierge/persisted/manifest"
)

// coarsest is how far apart two times of change may lie that a file system does not tell apart.
const coarsest = 2 * time.Second

// errHalf is a change that is still under way.
var errHalf = errors.New("a file of trusted documents was written to while it was read")

// files are those of all sources, as they were when they were read last.
type files struct {
	sources []Source
	last    []file // nil where they must be read again
}

// file is a file, and what the kernel says of it: of the file that links lead to.
type file struct {
	name   string
	client string
	info   fs.FileInfo
}

// changed reports whether the files may hold something else than what was read last.
func (f *files) changed() (bool, error) {
	if f.last == nil {
		return true, nil
	}
	found, err := f.list()
	if err != nil {
		f.last = nil
		return false, err
	}
	return !slices.EqualFunc(found, f.last, same), nil
}

// read reads all of them. They are read again next time where somebody wrote to one meanwhile, or has just done so.
func (f *files) read(now time.Time) ([]manifest.Document, error) {
	f.last = nil
	before, err := f.list()
	if err != nil {
		return nil, err
	}
	var all []manifest.Document
	for _, each := range before {
		documents, err := manifest.Read(each.name)
		if err != nil {
			return nil, err
		}
		for _, d := range documents {
			if d.Client == "" {
				d.Client = each.client
			}
			all = append(all, d)
		}
		if len(all) > manifest.MaxDocuments {
			return nil, fmt.Errorf("there are more than %d trusted documents", manifest.MaxDocuments)
		}
	}
	after, err := f.list()
	if err == nil && !slices.EqualFunc(before, after, same) {
		err = errHalf
	}
	if err != nil {
		return nil, err
	}
	if settled(after, now) {
		f.last = after
	}
	return all, nil
}

func (f *files) list() ([]file, error) {
	var all []file
	for _, source := range f.sources {
		names, err := manifest.Files(source.Path)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			info, err := os.Stat(name)
			if err != nil {
				return nil, err
			}
			all = append(all, file{name, source.Client, info})
		}
	}
	return all, nil
}

// same tells whether both are one file that nobody wrote to in between: device, inode, size and time of change.
func same(a, b file) bool {
	return a.name == b.name && os.SameFile(a.info, b.info) && a.info.Size() == b.info.Size() &&
		a.info.ModTime().Equal(b.info.ModTime())
}

// settled tells whether a later change of a file would show. One right after the last may bear the same time.
func settled(all []file, now time.Time) bool {
	return !slices.ContainsFunc(all, func(f file) bool { return now.Sub(f.info.ModTime()) <= coarsest })
}
