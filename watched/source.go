package watched

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"
)

// coarsest is how far apart two times of change may lie that a file system does not tell apart.
const coarsest = 2 * time.Second

// source reads a file where it may have changed.
type source struct {
	path string
	most int64
	last fs.FileInfo // the file that was read last; nil where it must be read again
}

// read is what the file holds, where it is not the one that was read last. The kernel is asked about the file that links lead to.
func (s *source) read(now time.Time) (data []byte, news bool, err error) {
	info, err := os.Stat(s.path)
	if err == nil && s.last != nil && same(info, s.last) {
		return nil, false, nil
	}
	s.last = nil
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is not a regular file") // Opening a pipe would wait for a writer.
	}
	if err == nil {
		data, info, err = s.content()
	}
	if err != nil {
		return nil, false, plain(err)
	}
	if settled(info, now) {
		s.last = info
	}
	return data, true, nil
}

// content reads the file, and what the kernel says of it. Both are of one file, even where another takes its place meanwhile.
func (s *source) content() ([]byte, fs.FileInfo, error) {
	file, err := os.Open(s.path)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close() //nolint:errcheck // nothing was written
	before, err := file.Stat()
	if err != nil {
		return nil, nil, err
	}
	data, err := io.ReadAll(io.LimitReader(file, s.most+1))
	if err != nil {
		return nil, nil, err
	}
	if int64(len(data)) > s.most {
		return nil, nil, fmt.Errorf("it is larger than %d bytes", s.most)
	}
	after, err := file.Stat()
	if err == nil && !same(before, after) {
		err = errors.New("it was written to while it was read")
	}
	return data, after, err
}

// same tells whether both are one file that nobody wrote to in between: device, inode, size and time of change.
func same(a, b fs.FileInfo) bool {
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

// settled tells whether a later change of the file would show. One right after the last may bear the same time.
func settled(info fs.FileInfo, now time.Time) bool { return now.Sub(info.ModTime()) > coarsest }

// plain leaves out the file's name, which stands beside it.
func plain(err error) error {
	if of, ok := errors.AsType[*fs.PathError](err); ok {
		return of.Err
	}
	return err
}
