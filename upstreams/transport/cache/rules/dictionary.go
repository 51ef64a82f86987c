package rules

import "strings"

// dictionary reads a targeted field: a dictionary of structured fields (RFC 9651, 3.2 and 4.2.2), whose parameters mean
// nothing. A key that comes twice counts as it comes last. It is not ok where any of it is not as the grammar has it, and then
// none of it counts.
func dictionary(lines []string) (members []directive, ok bool) {
	p := &parser{rest: strings.Trim(strings.Join(lines, ", "), " ")}
	if p.rest == "" {
		return nil, true
	}
	places := make(map[string]int) // by key
	for p.rest != "" {
		member, ok := p.member()
		if !ok {
			return nil, false
		}
		if at, twice := places[member.name]; twice {
			members[at] = member
		} else {
			places[member.name] = len(members)
			members = append(members, member)
		}
		p.blanks(" \t")
		if p.rest == "" {
			break
		}
		comma := p.skip(',')
		p.blanks(" \t")
		if !comma || p.rest == "" {
			return nil, false
		}
	}
	return members, true
}

// parser has what is left to read.
type parser struct{ rest string }

func (p *parser) blanks(of string) { p.rest = strings.TrimLeft(p.rest, of) }

// next is the next character, 0 at the end.
func (p *parser) next() byte {
	if p.rest == "" {
		return 0
	}
	return p.rest[0]
}

// skip reads a character if it is the next one.
func (p *parser) skip(c byte) bool {
	if p.next() != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

// while reads as far as a function says, from the character at from.
func (p *parser) while(from int, part func(byte) bool) (read string) {
	end := min(from, len(p.rest))
	for end < len(p.rest) && part(p.rest[end]) {
		end++
	}
	read, p.rest = p.rest[:end], p.rest[end:]
	return read
}

func (p *parser) member() (member directive, ok bool) {
	if member.name, ok = p.key(); !ok {
		return member, false
	}
	if p.skip('=') {
		if p.next() == '(' {
			member.shape, ok = broken, p.innerList()
		} else {
			member.text, member.shape, ok = p.item()
		}
	}
	return member, ok && p.parameters()
}

func (p *parser) key() (key string, ok bool) {
	if c := p.next(); c != '*' && !isLower(c) {
		return "", false
	}
	return p.while(1, func(c byte) bool { return isLower(c) || isDigit(c) || c != 0 && strings.IndexByte("_-.*", c) >= 0 }), true
}

func (p *parser) parameters() bool {
	for p.skip(';') {
		p.blanks(" ")
		if _, ok := p.key(); !ok {
			return false
		}
		if p.skip('=') {
			if _, _, ok := p.item(); !ok {
				return false
			}
		}
	}
	return true
}

// innerList reads what no directive takes.
func (p *parser) innerList() bool {
	for p.skip('('); ; {
		p.blanks(" ")
		if p.skip(')') {
			return true
		}
		if _, _, ok := p.item(); !ok || !p.parameters() {
			return false
		}
		if c := p.next(); c != ' ' && c != ')' {
			return false
		}
	}
}

func isLower(c byte) bool { return 'a' <= c && c <= 'z' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
