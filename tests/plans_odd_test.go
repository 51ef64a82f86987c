package tests

import "strings"

// otherTypes are values of every type of JSON.
func otherTypes() []string {
	return []string{`7`, `1.5`, `"text"`, `""`, `"7"`, `true`, `false`, `null`, `{}`, `[]`, `[1]`, `[{}]`, `[null]`, `{"id":7}`, `{"street":7}`}
}

// badTexts are what must not stand within a text.
func badTexts() []string {
	return []string{
		"\xff", "\xc3", "\xe2\x82", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", `\ud800`, `\udc00\ud800`, `\ud83d\u0041`, "\x01", "\n", "\t", `\x`,
		`\u12`, `\u00zz`, `\'`, "\x00",
	}
}

// oddTexts are what may stand within a text, and is written in more than one way.
func oddTexts() []string {
	return []string{
		`<script>&amp;'`, `\u003c\u0026\u003E`, "\u2028\u2029", `\u2028`, `\u0000\u001f\u007f`, "\x7f", `\/\\\"\b\f\n\r\t`, "\U0001F600", `\ud83d\ude00`,
		"é", `\u00e9`, `e\u0301`, `\\u0041`, `\ufffd`, "\uFEFF", `\uffff`, strings.Repeat("long ", 2000), `{"a":[1,`, `]}`, `\"},{\"`,
	}
}

// oddNumbers are numbers that are no usual amount of anything.
func oddNumbers() []string {
	return []string{
		`0`, `-0`, `-0.0`, `-1`, `1.0`, `1.50`, `100.00000`, `7e0`, `1E2`, `1e+2`, `15e-1`, `1e400`, `-1e-400`, `2147483647`, `2147483648`, `-2147483649`,
		`9007199254740991`, `9007199254740993`, `9223372036854775808`, `123456789012345678901234567890`, `0.1234567890123456789012345678901234567890`,
		strings.Repeat("9", 64), strings.Repeat("9", 65), `01`, `+1`, `.5`, `5.`, `1e`, `0x10`, `NaN`, `Infinity`, `-`, `"19.90"`, `"1e3"`, `" 1"`, `"-0"`,
	}
}

// oddMoments are moments, and what looks like one.
func oddMoments() []string {
	return []string{
		`"2026-01-31T12:00:00+02:00"`, `"2026-01-31T12:00:00-00:00"`, `"2026-01-31T12:00:00.5Z"`, `"2026-01-31T12:00:00.000Z"`,
		`"2026-01-31T12:00:00.123456789Z"`, `"2026-01-31T12:00:00.1234567891Z"`, `"2026-01-31T12:00:00.100000+05:30"`, `"2026-01-31t12:00:00z"`,
		`"2026-01-31 12:00:00Z"`, `"2026-01-31"`, `"2026-01-31T12:00Z"`, `"2026-01-31T12:00:00"`, `"2026-01-31T24:00:00Z"`, `"2026-01-31T23:59:60Z"`,
		`"2026-02-30T12:00:00Z"`, `"0000-01-01T00:00:00Z"`, `"0001-01-01T00:00:00Z"`, `"0001-01-01T00:00:00+01:00"`, `"9999-12-31T23:59:59-01:00"`,
		`"10000-01-01T00:00:00Z"`, `"-001-01-01T00:00:00Z"`, `"2026-1-31T12:00:00Z"`, `"2026-01-31T2:00:00Z"`, `"2026-01-31T12:00:00,5Z"`,
		`"2026-01-31T12:00:00+24:00"`, `"2026-01-31T12:00:00+0200"`, `"2026-01-31T12:00:00\u005a"`, `" 2026-01-31T12:00:00Z"`, `""`, `0`, `1769860800`, `null`, `{}`,
	}
}

// oddWords are values of enumerations and codes that are written unlike others, or that nobody knows.
func oddWords() []string {
	return []string{
		`"SHIPPED"`, `"Shipped"`, `"shipped "`, `"unknown"`, `"UNKNOWN"`, `"weird"`, `""`, `"sh\u0069pped"`, `"ﬁ"`, `"ſhipped"`, `"active"`, `"Bank_Transfer"`,
		`"usd"`, `"$"`, `7`, `null`, `true`, `["shipped"]`, `{}`, `"4242"`, `"123"`, `"42424242 4242 4242"`, `"４２４２４２４２４２４２４２４２"`, `4242424242424242`,
	}
}

// oddIDs are ids of other records, of none, and of a wrong spelling.
func oddIDs() []string {
	return []string{
		`1`, `2`, `7`, `8`, `9`, `1007`, `4994`, `999999`, `0`, `-7`, `7.0`, `7e0`, `7.5`, `"7"`, `"seven"`, `""`, `null`, `true`, `[7]`, `{}`, `07`,
		`9007199254740991`, `9007199254740992`, `9223372036854775808`, `1e400`, `-0`,
	}
}
