package stored

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/redis/rueidis"

	"github.com/concierge-gateway/concierge/redis"
)

// errConnecting is of who asks before there is a connection.
var errConnecting = errors.New("there is no connection yet")

// outcome is what came of some writes.
type outcome struct {
	written, failed, late int
	// refused is an answer of Redis, if there was one that is an error.
	refused error
	// unanswered is why there was no answer, if one was missing.
	unanswered error
}

// server is Redis: a single server, or a cluster.
type server struct{ client *redis.Client }

// Connect makes a connection if there is none.
func (r server) Connect(ctx context.Context) error {
	_, err := r.client.Connect(ctx)
	return err
}

// Read reads what lies at names, in one pipeline, and of each no more than most bytes. What is no value of ours is as if it were
// empty.
func (r server) Read(ctx context.Context, names []string, most int64) ([][]byte, error) {
	client := r.client.Connected()
	if client == nil {
		return nil, errConnecting
	}
	commands := make(rueidis.Commands, len(names))
	for i, name := range names {
		commands[i] = client.B().Getrange().Key(name).Start(0).End(most - 1).Build()
	}
	answers := make([][]byte, len(names))
	for i, result := range client.DoMulti(ctx, commands...) {
		answer, err := result.AsBytes()
		if err != nil && !isForeign(err) {
			return nil, err
		}
		answers[i] = answer
	}
	return answers, nil
}

// isForeign is for what somebody else put there, such as a list.
func isForeign(err error) bool {
	answer, ok := rueidis.IsRedisErr(err)
	return ok && strings.HasPrefix(answer.Error(), "WRONGTYPE ")
}

// Write makes a pipeline of some writes, without those whose time has passed while they waited.
func (r server) Write(ctx context.Context, writes []write) (o outcome) {
	client := r.client.Connected()
	if client == nil {
		return outcome{failed: len(writes), unanswered: errConnecting}
	}
	commands := make(rueidis.Commands, 0, len(writes))
	for _, w := range writes {
		if left := time.Until(w.until).Milliseconds(); left >= 1 {
			packed := rueidis.BinaryString(pack(w.data))
			commands = append(commands, client.B().Set().Key(w.name).Value(packed).PxMilliseconds(left).Build())
		}
	}
	o.late = len(writes) - len(commands)
	for _, result := range client.DoMulti(ctx, commands...) {
		o.add(result)
	}
	return o
}

func (o *outcome) add(result rueidis.RedisResult) {
	switch err := result.Error(); {
	case err == nil:
		o.written++
	case result.NonRedisError() != nil:
		o.failed, o.unanswered = o.failed+1, err
	default:
		o.failed, o.refused = o.failed+1, err
	}
}
