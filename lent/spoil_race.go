//go:build race

package lent

// Spoil overwrites memory that is given back, where mistakes are looked for.
func Spoil(memory []byte) {
	for i := range memory {
		memory[i] = spoilt
	}
}

// spoilt is in no text that is UTF-8.
const spoilt = 0xfe
