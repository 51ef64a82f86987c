package proxy

import "encoding/binary"

// frames follows the frames of a WebSocket (RFC 6455, section 5.2) as they pass, as far as is needed to know where one ends. It
// changes nothing, and does not judge: what is no frame has an end that nobody can rely on.
type frames struct {
	header [maxFrameHeader]byte
	read   int    // of the header
	left   uint64 // of the frame's content
	closed bool   // the last of them has begun
}

// The parts of a frame's header, in bytes.
const (
	shortHeader    = 2
	maskBytes      = 4
	maxFrameHeader = shortHeader + 8 + maskBytes
)

const (
	opClose     = 0x8
	finalClose  = 0x80 | opClose
	opcodeBits  = 0x0f
	maskBit     = 0x80
	lengthBits  = 0x7f
	twoBytes    = 126 // as a length: the length follows in two bytes
	eightBytes  = 127
	lengthOfTwo = 2
	lengthOf8   = 8
)

// between reports whether no frame is under way.
func (f *frames) between() bool { return f.read == 0 && f.left == 0 }

// follow takes bytes in, in their order. Where it is to stop it takes none that are behind the next end of a frame. It tells how
// many it took.
func (f *frames) follow(p []byte, stop bool) (n int) {
	for n < len(p) {
		if f.left > 0 {
			some := min(f.left, uint64(len(p)-n))
			f.left -= some
			n += int(some) //nolint:gosec // no more than p has
		} else {
			f.header[f.read] = p[n]
			f.read++
			n++
			f.begin()
		}
		if stop && f.between() {
			return n
		}
	}
	return n
}

// begin begins the content of a frame once its header is complete.
func (f *frames) begin() {
	if f.read < shortHeader {
		return
	}
	length, more := uint64(f.header[1]&lengthBits), 0
	switch length {
	case twoBytes:
		more = lengthOfTwo
	case eightBytes:
		more = lengthOf8
	}
	whole := shortHeader + more
	if f.header[1]&maskBit != 0 {
		whole += maskBytes
	}
	if f.read < whole {
		return
	}
	switch more {
	case lengthOfTwo:
		length = uint64(binary.BigEndian.Uint16(f.header[shortHeader:]))
	case lengthOf8:
		length = binary.BigEndian.Uint64(f.header[shortHeader:])
	}
	f.closed = f.closed || f.header[0]&opcodeBits == opClose
	f.read, f.left = 0, length
}

// goingAway is the frame by which a server says that it leaves, so that the client connects again.
func goingAway() []byte {
	const code, text = 1001, "Connect again"
	frame := []byte{finalClose, byte(lengthOfTwo + len(text))}
	return append(binary.BigEndian.AppendUint16(frame, code), text...)
}
