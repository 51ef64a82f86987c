package framing

// maxSizeDigits keeps a chunk's size, and sums of it, far from what overflows.
const maxSizeDigits = 15

// beginChunk judges the line before a chunk (RFC 9112, section 7.1).
func (j *judge) beginChunk(line []byte) reason {
	size, rest, ok := cutSize(line)
	switch {
	case !ok:
		return chunkSize
	case !areExtensions(rest):
		return chunkExtension
	}
	// The same sum as net/http's, which gives a body up where it is too large: 16 bytes for each chunk and twice its data are free.
	j.overhead = max(0, j.overhead+int64(len(line))+2-16-2*size)
	switch {
	case j.overhead > maxOverhead:
		return chunkOverhead
	case size == 0:
		j.state = inTrailers
	default:
		j.state, j.left = inChunk, size
	}
	return none
}

// chunkEnd judges the end of the line behind a chunk's data.
func (j *judge) chunkEnd(b []byte) (n int, r reason) {
	switch {
	case b[0] != '\r':
		return 0, chunkEnd
	case len(b) == 1:
		return 0, none
	case b[1] != '\n':
		return 0, chunkEnd
	}
	j.state = inChunkLine
	return 2, none
}

// cutSize reads the size before a chunk. Only an extension may follow it: no sign, no space, no 0x.
func cutSize(line []byte) (size int64, rest []byte, ok bool) {
	i := 0
	for ; i < len(line) && i <= maxSizeDigits; i++ {
		digit, ok := hexDigit(line[i])
		if !ok {
			break
		}
		size = size<<4 | digit
	}
	if i == 0 || i > maxSizeDigits || i < len(line) && line[i] != ';' {
		return 0, nil, false
	}
	return size, line[i:], true
}

// areExtensions tells names with optional values, all of them tokens, as signed uploads have. Quoted values, and spaces around
// anything, are left out of the grammar: they are what some programs stumble over, and nobody needs them.
func areExtensions(b []byte) bool {
	for len(b) > 0 {
		name := tokenLen(b[1:])
		if b[0] != ';' || name == 0 {
			return false
		}
		b = b[1+name:]
		if len(b) > 0 && b[0] == '=' {
			value := tokenLen(b[1:])
			if value == 0 {
				return false
			}
			b = b[1+value:]
		}
	}
	return true
}

func hexDigit(c byte) (int64, bool) {
	switch {
	case '0' <= c && c <= '9':
		return int64(c - '0'), true
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return int64(c|0x20-'a') + 10, true
	default:
		return 0, false
	}
}
