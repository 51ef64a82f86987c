package proxy

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// frame is one as a WebSocket has it.
func frame(opcode byte, content []byte, masked bool) []byte {
	b := []byte{0x80 | opcode}
	mask := byte(0)
	if masked {
		mask = maskBit
	}
	switch n := len(content); {
	case n < twoBytes:
		b = append(b, mask|byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, mask|twoBytes), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, mask|eightBytes), uint64(n))
	}
	if masked {
		b = append(b, 1, 2, 3, 4)
	}
	return append(b, content...)
}

// framesOf are some frames, and where each ends.
func framesOf(t *rapid.T) (text []byte, ends map[int]bool) {
	ends = map[int]bool{0: true}
	for range rapid.IntRange(0, 5).Draw(t, "frames") {
		size := rapid.SampledFrom([]int{0, 1, 125, 126, 127, 128, 65535, 65536}).Draw(t, "size")
		opcode := rapid.SampledFrom([]byte{0, 1, 2, 9, 10}).Draw(t, "opcode")
		text = append(text, frame(opcode, make([]byte, size), rapid.Bool().Draw(t, "masked"))...)
		ends[len(text)] = true
	}
	return text, ends
}

// However the bytes come, the ends of frames are where they are.
func TestTheEndsOfFramesAreFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text, ends := framesOf(t)
		var f frames
		for at := 0; at < len(text); {
			piece := text[at:min(len(text), at+rapid.IntRange(1, 70_000).Draw(t, "piece"))]
			stop := rapid.Bool().Draw(t, "stop")
			n := f.follow(piece, stop)
			if at += n; f.between() != ends[at] {
				t.Fatalf("after %d bytes it says %t, with frames that end at %v", at, f.between(), ends)
			}
			if n < len(piece) && (!stop || !ends[at]) {
				t.Fatalf("it took %d bytes of %d, and there is no reason to stop", n, len(piece))
			}
		}
	})
}

// recorder is a client's connection that keeps what is written.
type recorder struct {
	net.Conn
	bytes.Buffer
}

func (r *recorder) Write(p []byte) (int, error) { return r.Buffer.Write(p) }
func (r *recorder) Read([]byte) (int, error)    { return 0, io.EOF }

// Whenever it is time to leave, the client gets whole frames, then the one that closes, and nothing behind it.
func TestTheClientIsToldBetweenTwoFrames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text, ends := framesOf(t)
		client := new(recorder)
		told := &farewell{client: client}
		leave := rapid.IntRange(0, len(text)).Draw(t, "leave")
		for at := 0; at < len(text); {
			if at >= leave {
				told.leave()
			}
			next := min(len(text), at+rapid.IntRange(1, 70_000).Draw(t, "piece"))
			if n, err := told.Write(text[at:next]); n != next-at || err != nil {
				t.Fatalf("Write = %d, %v", n, err)
			}
			at = next
		}
		told.leave()
		whole, found := bytes.CutSuffix(client.Bytes(), goingAway())
		if !found {
			t.Fatal("the last frame is another")
		}
		if !bytes.HasPrefix(text, whole) || !ends[len(whole)] {
			t.Errorf("%d bytes came before, and frames end at %v", len(whole), ends)
		}
	})
}

func TestAClientOfWhomTheServiceHasParted(t *testing.T) {
	client := new(recorder)
	told := &farewell{client: client}
	parting := frame(opClose, []byte{3, 232}, false)
	_, _ = told.Write(parting)
	told.leave()
	if !bytes.Equal(client.Bytes(), parting) {
		t.Errorf("the client gets %x", client.Bytes())
	}
}

// The client answers the frame that closes, which the service gets, and then both are done.
func TestAWebSocketIsLeftAsItsProtocolHasIt(t *testing.T) {
	heard := make(chan string, 1)
	g := &gateway{opts: Options{Upgrade: true}, service: speaking(t, func(conn net.Conn, in *bufio.Reader, _ string) {
		io.WriteString(conn, upgradeAnswer)
		conn.Write(frame(1, []byte("hello"), false))
		answer := make([]byte, len("\x88\x80mask"))
		_, _ = io.ReadFull(in, answer)
		heard <- string(answer)
		conn.Write(frame(opClose, nil, false)) // too late for the client, who knows
	})}
	leaving := make(chan struct{})
	g.leaving = leaving
	c := dial(t, open(t, g, 1))
	c.say(upgradeRequest)
	c.head()
	c.hear("\x81\x05hello")
	close(leaving)
	c.hear(string(goingAway()))
	c.say("\x88\x80mask")
	if got := receive(t, heard); got != "\x88\x80mask" {
		t.Errorf("the service hears %q", got)
	}
	if rest := c.rest(); rest != "" {
		t.Errorf("then the client hears %q", rest)
	}
	c.Close()
	if err := g.outcome(t); err != nil {
		t.Error(err)
	}
}

// stuck is a connection to a client that reads nothing and says nothing: whoever writes waits for a deadline, or for its end.
type stuck struct {
	net.Conn

	writes, asked, late, closed chan struct{}
	once                        sync.Once
}

func (s *stuck) Write([]byte) (int, error) {
	select {
	case s.writes <- struct{}{}:
	default:
	}
	select {
	case <-s.late:
		return 0, os.ErrDeadlineExceeded
	case <-s.closed:
		return 0, net.ErrClosed
	}
}

func (s *stuck) Read([]byte) (int, error) {
	<-s.closed
	return 0, net.ErrClosed
}

func (s *stuck) SetWriteDeadline(time.Time) error {
	close(s.asked)
	return nil
}

func (s *stuck) Close() error {
	s.once.Do(func() { close(s.closed) })
	return nil
}

func TestAClientThatReadsNothingKeepsNobodyWhoLeaves(t *testing.T) {
	for name, timely := range map[string]bool{"when it should be told": true, "when no time is left": false} {
		t.Run(name, func(t *testing.T) {
			client := &stuck{
				writes: make(chan struct{}, 1), asked: make(chan struct{}), late: make(chan struct{}), closed: make(chan struct{}),
			}
			service, says := net.Pipe()
			leaving, ended := make(chan struct{}), make(chan error, 1)
			var told <-chan struct{} = leaving
			ctx, end := context.WithCancel(context.WithValue(t.Context(), LeavingKey{}, told))
			defer end()
			go func() {
				(&tunnel{client: client, service: service}).run(ctx)
				ended <- nil
			}()
			_, _ = says.Write(frame(2, []byte("hello"), false))
			<-client.writes
			close(leaving)
			<-client.asked
			if timely {
				close(client.late)
			} else {
				end()
			}
			receive(t, ended)
		})
	}
}
