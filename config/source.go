package config

import (
	"io/fs"
	"maps"
	"os"
	"slices"
	"time"
)

// Source is a configuration file that is read again and again. It belongs to one goroutine.
type Source struct {
	path      string
	variables Variables
	checks    []Check

	leads   Files             // the files that the last good configuration leads to
	named   Files             // those that the last one leads to: what is wrong with it may be mended there
	asked   Files             // those that variables named the last time
	judged  map[string]string // what all of these held the last time
	seen    looks             // how they looked when they were found to hold that
	pending looks             // how they looked the last time, where that is different
}

// NewSource reads nothing yet. Values are filled in by variables.
func NewSource(path string, variables Variables, checks ...Check) *Source {
	return &Source{path: path, variables: variables, checks: checks}
}

// Load reads the file and all that it leads to, as Parse does. The error is Mistakes unless the file cannot be read.
func (s *Source) Load() (Config, error) {
	variables := s.variables
	variables.read = make(map[string]struct{})
	s.seen, s.pending = nil, nil
	before := s.files().Digests()
	c, err := load(s.path, &variables, s.checks)
	s.asked, s.named = slices.Sorted(maps.Keys(variables.read)), FilesOf(c)
	if err == nil {
		s.leads = s.named
	}
	s.judged = s.files().Digests()
	for name, digest := range before {
		if now, still := s.judged[name]; still && now != digest {
			s.judged[name] = digest // it was written to meanwhile: which of the two was read, the next look finds out
		}
	}
	return whole(c, err)
}

// files are all that the configuration is made of.
func (s *Source) files() Files {
	all := slices.Concat(Files{s.path}, s.leads, s.named, s.asked)
	slices.Sort(all)
	return slices.Compact(all)
}

// Changed reports whether any file holds something else than when it was loaded last. One that looks otherwise is read once it
// has looked so twice: several files do not change at the same instant, and one that is being written is no configuration.
func (s *Source) Changed() bool {
	files := s.files()
	now, young := looksOf(files, time.Now())
	switch {
	case now.like(s.seen):
		return false
	case !now.like(s.pending):
		s.pending = now
		return false
	case !maps.Equal(files.Digests(), s.judged):
		return true
	}
	if !young {
		s.seen = now
	}
	return false
}

// coarsest is how far apart two times of change may lie that a file system does not tell apart.
const coarsest = 2 * time.Second

// looks are how files look from outside.
type looks []look

type look struct {
	name string
	info fs.FileInfo // nil where there is nothing
}

// looksOf are how files look now, through links. One that changed a moment ago is young: a further change may look the same.
func looksOf(files Files, now time.Time) (all looks, young bool) {
	for _, each := range files {
		for name, info := range within(each) {
			all = append(all, look{name, info})
			young = young || info != nil && now.Sub(info.ModTime()) < coarsest
		}
	}
	return all, young
}

// like reports whether no file can have changed in between: device, inode, size and time of change are the same.
func (l looks) like(others looks) bool {
	return slices.EqualFunc(l, others, func(a, b look) bool {
		if a.name != b.name || a.info == nil || b.info == nil {
			return a.name == b.name && a.info == nil && b.info == nil
		}
		return os.SameFile(a.info, b.info) && a.info.Size() == b.info.Size() && a.info.ModTime().Equal(b.info.ModTime())
	})
}
