package raw

import (
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/go-json-experiment/json"
)

// time reads a point in time (RFC 3339).
func (d *reader) time(m *member, rows *Rows, base, pos int) int {
	if d.raw[pos] != '"' {
		return wrong
	}
	if end := plainTime(d.raw, pos); end != wrong {
		m.put(rows, base, pos, end, asIs)
		return end
	}
	end, _ := scan(d.raw, pos)
	if end == wrong {
		return wrong
	}
	var at time.Time
	if err := json.Unmarshal(d.raw[pos:end], &at); err != nil {
		return wrong
	}
	from := len(d.whole.shown)
	d.whole.shown = written(d.whole.shown, graphql.MarshalTime(at))
	d.written(m, rows, base, from)
	return end
}

// plainTime finds the end of a point in time, from its quote on, that is shown as it is spelt: with a fraction of at most nine
// digits and no zero at its end, if with one, and Z or an offset that is not zero. Years before 10 are no such: the one in which
// the zero time lies, which is shown as null, is among them.
func plainTime(raw []byte, pos int) int {
	const layout = len(`"2006-01-02T15:04:05`)
	if len(raw)-pos < layout+len(`Z"`) {
		return wrong
	}
	text := (*[layout]byte)(raw[pos:]) // of known length, so that no index needs a check
	if text[5] != '-' || text[8] != '-' || text[11] != 'T' || text[14] != ':' || text[17] != ':' {
		return wrong
	}
	if !isDay(pair(text[1], text[2]), pair(text[3], text[4]), pair(text[6], text[7]), pair(text[9], text[10])) ||
		pair(text[12], text[13]) > 23 || pair(text[15], text[16]) > 59 || pair(text[18], text[19]) > 59 {
		return wrong
	}
	return plainZone(raw, plainFraction(raw, pos+layout))
}

// pair is the number that two digits make, more than 99 if they are none.
func pair(first, second byte) int {
	tens, unit := uint(first)-'0', uint(second)-'0'
	if tens > 9 || unit > 9 {
		return 100
	}
	return int(tens*10 + unit)
}

// isDay reports whether there is such a day, in the year 10 or later.
func isDay(century, year, month, day int) bool {
	return century < 100 && year < 100 && century+year/10 > 0 &&
		month >= 1 && month <= 12 && day >= 1 && day <= days(century, year, month)
}

// days is how many days a month has.
func days(century, year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year != 0 || century%4 == 0) {
			return 29
		}
		return 28
	default:
		return 31
	}
}

// plainFraction finds the end of a fraction of a second, if there is one.
func plainFraction(raw []byte, pos int) int {
	if raw[pos] != '.' {
		return pos
	}
	end := digits(raw, pos+1)
	if end == wrong || end-pos > 10 || raw[end-1] == '0' {
		return wrong
	}
	return end
}

// plainZone finds the end of a zone and of the string.
func plainZone(raw []byte, pos int) int {
	if pos == wrong || pos >= len(raw) {
		return wrong
	}
	switch raw[pos] {
	case 'Z':
		pos++
	case '+', '-':
		if len(raw)-pos < len("+00:00") || raw[pos+3] != ':' {
			return wrong
		}
		hours, minutes := pair(raw[pos+1], raw[pos+2]), pair(raw[pos+4], raw[pos+5])
		if hours > 23 || minutes > 59 || hours+minutes == 0 {
			return wrong
		}
		pos += len("+00:00")
	default:
		return wrong
	}
	if pos >= len(raw) || raw[pos] != '"' {
		return wrong
	}
	return pos + 1
}
