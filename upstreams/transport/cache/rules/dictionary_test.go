package rules

import "testing"

func TestATargetedFieldIsReadByItsGrammarAlone(t *testing.T) {
	valid := []string{
		"a", "max-age=60", "a, b", "a\t,\tb", " a ", "*a.b_-1", "a=-1", "a=1.5", `a="x\"\\"`, "a=tok/en:*", "a=:YQ==:", "a=:YQ:", "a=?0", "a=?1", "a=@1659578233",
		`a=%"%c3%bc"`, "a=(1 \"b\";c d)", "a=()", "a;b", "a; b=1;c", "a=1;b=\"c\"", "a=123456789012345", "a=123456789012.123",
	}
	for _, line := range valid {
		if members, ok := dictionary([]string{line}); !ok || len(members) == 0 {
			t.Errorf("%q is not valid", line)
		}
	}
	invalid := []string{
		"A", "1", "a,", ",a", "a,,b", "a b", "a=", "a =1", "a= 1", "a=-", "a=1.", "a=1.1234", "a=1234567890123456", "a=1234567890123.1", `a="x`, `a="\x"`, "a=\"\x7f\"",
		"a=:YQ", "a=:*:", "a=?", "a=?2", "a=@1.5", "a=@x", `a=%"%C3%BC"`, `a=%"%c3"`, `a=%"%c"`, `a=%"%zz"`, "a=%x", `a=%"x`, "a=%\"\x01\"", "a=(1", "a=(1,2)", "a=(1\"b\")",
		"a=(&)", "a;", "a;B", "a;b=", "a=1;b=&", "&&&&", "a=&",
	}
	for _, line := range invalid {
		if members, ok := dictionary([]string{line}); ok {
			t.Errorf("%q is %+v", line, members)
		}
	}
	if members, ok := dictionary(nil); !ok || members != nil {
		t.Error("nothing is something")
	}
}
