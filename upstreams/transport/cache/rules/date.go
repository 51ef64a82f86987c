package rules

import (
	"strings"
	"time"
)

// usualTime reads a time in the form that all services write (RFC 9110, 5.6.7), such as Sun, 06 Nov 1994 08:49:37 GMT. It takes a
// fraction of the time that package time takes, and nearly every answer has one. It is not ok where that has to look, such as at
// other forms, and at the last days of a month.
func usualTime(text string) (t time.Time, ok bool) {
	if !hasUsualForm(text) {
		return time.Time{}, false
	}
	year, month, day := number(text[12:16]), placeOf(text[8:11], "JanFebMarAprMayJunJulAugSepOctNovDec"), number(text[5:7])
	hour, minute, second := number(text[17:19]), number(text[20:22]), number(text[23:25])
	if year > 9999 || month == 0 || day == 0 || day > 28 || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, false
	}
	return time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC), true
}

// hasUsualForm reports whether there is a weekday, and all that stands between the others is where it should be.
func hasUsualForm(text string) bool {
	return len(text) == len("Sun, 06 Nov 1994 08:49:37 GMT") && placeOf(text[:3], "MonTueWedThuFriSatSun") > 0 &&
		text[3:5] == ", " && text[7] == ' ' && text[11] == ' ' && text[16] == ' ' &&
		text[19] == ':' && text[22] == ':' && text[25:] == " GMT"
}

// placeOf is the place of a name among others of three letters, from 1, and 0 where it is none of them.
func placeOf(name, among string) int {
	if at := strings.Index(among, name); at >= 0 && at%3 == 0 {
		return at/3 + 1
	}
	return 0
}

// number reads digits. What else there is makes it larger than any year.
func number(text string) (n int) {
	for _, c := range []byte(text) {
		if !isDigit(c) {
			return 1 << 20
		}
		n = n*10 + int(c-'0')
	}
	return n
}
