package raw

import "bytes"

// maxNames bounds the undeclared members of one object that are compared with each other. An object of more is left to
// record.Decode, which hashes names.
const maxNames = 64

// scope are the undeclared members of one object, which are compared with each other because two of one name are an error.
type scope struct {
	from   int    // in reader.declared
	filter uint64 // a bit for some of what is known of each name
}

func (d *reader) scope() scope { return scope{from: len(d.declared)} }

// leave forgets the members of an object that was read.
func (d *reader) leave(s scope) {
	clear(d.declared[s.from:])
	d.declared = d.declared[:s.from]
}

// declare adds a name. It reports false for one that is there already, and where there are too many.
func (d *reader) declare(s *scope, name []byte) bool {
	bit := uint64(1) << (hash(name) & 63)
	if s.filter&bit != 0 {
		for _, each := range d.declared[s.from:] {
			if bytes.Equal(each, name) {
				return false
			}
		}
	}
	s.filter |= bit
	d.declared = append(d.declared, name)
	return len(d.declared)-s.from <= maxNames
}

// hash differs for most names of one object.
func hash(name []byte) uint {
	n := uint(len(name))
	if n == 0 {
		return 0
	}
	return n*7 + uint(name[0])*5 + uint(name[n/2])*3 + uint(name[n-1])
}
