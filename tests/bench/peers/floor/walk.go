package main

import "bytes"

// walk goes over the objects of a JSON list that is valid and has no white space.
type walk struct {
	text []byte
	at   int
}

// elements begins before the first object of a list.
func elements(list []byte) walk { return walk{text: list} }

// next goes to the next object, if there is one.
func (w *walk) next() bool {
	w.at++ // over the bracket or the comma
	return w.at < len(w.text) && w.text[w.at] == '{'
}

// members goes over an object and shows each member. The name comes without quotes, the value as it was written.
func (w *walk) members(show func(name, value []byte)) {
	for w.at++; w.text[w.at] != '}'; {
		if w.text[w.at] == ',' {
			w.at++
		}
		name := w.value()
		w.at++ // over the colon
		show(name[1:len(name)-1], w.value())
	}
	w.at++
}

// value goes over a value and returns it.
func (w *walk) value() []byte {
	begin := w.at
	switch w.text[w.at] {
	case '"':
		w.quoted()
	case '{', '[':
		w.nested()
	default:
		for c := w.text[w.at]; c != ',' && c != '}' && c != ']'; c = w.text[w.at] {
			w.at++
		}
	}
	return w.text[begin:w.at]
}

func (w *walk) quoted() {
	for w.at++; ; w.at++ {
		w.at += bytes.IndexByte(w.text[w.at:], '"')
		if !escaped(w.text[:w.at]) {
			w.at++
			return
		}
	}
}

// escaped reports whether an odd number of backslashes stands at the end.
func escaped(text []byte) bool {
	n := 0
	for n < len(text) && text[len(text)-1-n] == '\\' {
		n++
	}
	return n%2 == 1
}

func (w *walk) nested() {
	depth := 0
	for {
		switch w.text[w.at] {
		case '"':
			w.quoted()
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		w.at++
		if depth == 0 {
			return
		}
	}
}

// number reads digits.
func number(digits []byte) int {
	n := 0
	for _, c := range digits {
		n = n*10 + int(c-'0')
	}
	return n
}
