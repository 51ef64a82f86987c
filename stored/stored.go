// Package stored answers where answers are kept: in this process by a budget of bytes, and behind that in Redis.
//
// Memory is for all caches together. What has no room there makes way by how often and how lately it was asked for, so that many
// questions that are asked once do not drive out what everybody asks. Second is what instances share. It is asked by who has not
// found something in memory, and whether it is there or not, nobody waits for it longer than a small bound.
//
// Neither knows whether a value may still be used: that its time has not passed is all they say. Purges are asked for by whoever
// finds something.
package stored

// Value is what is kept. It is not changed any more.
type Value interface {
	// Size is how much memory it takes, in bytes.
	Size() int
}
