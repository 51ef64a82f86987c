package framing

import "bytes"

// state is what the next byte belongs to.
type state uint8

const (
	inHead state = iota
	inContent
	inChunkLine
	inChunk
	atChunkEnd
	inTrailers
	waiting // for the answer to a request after which the connection may no longer speak HTTP
)

// The bounds of what is neither a header section nor content.
const (
	maxChunkLine = 256      // its end included
	maxTrailers  = 4 << 10  // what net/http reads at most, the empty line included
	maxOverhead  = 16 << 10 // of a chunked body, as chunkOverhead counts it
)

// judge recognises one request after the other on a connection. It does no input and no output.
//
// Sections (a header section, a chunk's line, all trailers) are let through as a whole, content as it comes.
type judge struct {
	maxHead   int
	state     state
	left      int64 // bytes of the content or of the chunk
	line      int   // where in its section the current line begins
	searched  int   // how far in its section the end of the line was searched for
	head      head
	passed    head // the last one that was let through
	overhead  int64
	asked     int64 // requests whose header section was let through
	afterPost bool
}

// look judges b, the bytes that come behind those which it let through before. It lets the first ok of them through; the others
// are to be shown again, with more behind them. Behind a reason nothing is ever to be let through.
func (j *judge) look(b []byte) (ok int, r reason) {
	for ok < len(b) {
		n, r := j.step(b[ok:])
		if r != none || n == 0 {
			return ok, r
		}
		ok += n
	}
	return ok, none
}

// step lets one section through, or some content. It returns 0 where it needs more bytes.
func (j *judge) step(b []byte) (n int, r reason) {
	switch j.state {
	case inHead:
		return j.section(b, j.maxHead, headerTooLarge)
	case inContent, inChunk:
		return j.content(b), none
	case inChunkLine:
		return j.section(b, maxChunkLine, chunkExtension)
	case atChunkEnd:
		return j.chunkEnd(b)
	case inTrailers:
		return j.section(b, maxTrailers, trailersTooLarge)
	default:
		return 0, none
	}
}

// section judges whole lines until one ends the section. How the bytes came in pieces makes no difference: a line counts once its
// end is there, and within the limit.
func (j *judge) section(b []byte, limit int, tooLarge reason) (n int, r reason) {
	seen := b[:min(len(b), limit)]
	for {
		feed := bytes.IndexByte(seen[j.searched:], '\n')
		if feed < 0 {
			j.searched = len(seen)
			if len(seen) == limit {
				return 0, tooLarge
			}
			return 0, none
		}
		start, end := j.line, j.searched+feed
		j.line, j.searched = end+1, end+1
		if end == start || b[end-1] != '\r' {
			return 0, bareLF
		}
		over, r := j.judgeLine(b, start, end-1)
		if r != none {
			return 0, r
		}
		if over {
			j.line, j.searched = 0, 0
			return end + 1, none
		}
	}
}

// judgeLine judges the line from start to end of a section, and says whether the section is over.
func (j *judge) judgeLine(section []byte, start, end int) (over bool, r reason) {
	line := section[start:end]
	switch {
	case j.state == inChunkLine:
		return true, j.beginChunk(line)
	case j.state == inTrailers && len(line) == 0:
		j.endMessage()
		return true, none
	case j.state == inTrailers:
		return false, judgeTrailer(line)
	case len(line) == 0 && j.head.begun:
		return true, j.endHead(section)
	case len(line) == 0 && start == 0 && j.afterPost:
		return false, none // RFC 9112, section 2.2: old clients end a form so, and net/http knows it
	case len(line) == 0:
		return false, emptyLine
	case !j.head.begun:
		return false, j.head.judgeRequestLine(line, start)
	default:
		return false, j.head.judgeField(line, start)
	}
}

// endHead judges the header section as a whole and finds what comes behind it.
func (j *judge) endHead(section []byte) reason {
	if r := j.head.judge(section); r != none {
		return r
	}
	j.asked++
	j.passed = j.head
	j.afterPost = j.head.method == methodPost
	j.overhead = 0
	switch {
	case j.head.chunked:
		j.state = inChunkLine
	case j.head.length > 0:
		j.state, j.left = inContent, j.head.length
	default:
		j.endMessage()
	}
	return none
}

// endMessage finds what comes behind a request. Behind one that asks for another protocol that is not known yet.
func (j *judge) endMessage() {
	j.state = inHead
	if j.head.upgrades {
		j.state = waiting
	}
	j.head = head{}
}

// goOn says that the answer was HTTP, so that the next request follows.
func (j *judge) goOn() { j.state = inHead }

// content lets content through up to its end, or its chunk's.
func (j *judge) content(b []byte) int {
	n := min(int64(len(b)), j.left)
	j.left -= n
	switch {
	case j.left > 0:
	case j.state == inChunk:
		j.state = atChunkEnd
	default:
		j.endMessage()
	}
	return int(n)
}

// inMessage is true where the next byte belongs to a request that was let through in part.
func (j *judge) inMessage() bool { return j.state != inHead && j.state != waiting }
