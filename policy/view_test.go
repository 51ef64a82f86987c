package policy_test

import (
	"testing"

	"github.com/concierge-gateway/concierge/audit"
	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/policy"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/upstreams/record"
)

func TestAViewIsCheap(t *testing.T) {
	p := read(t, load(t))
	for _, who := range callers {
		if got := testing.AllocsPerRun(100, func() { p.View(who) }); got > 2 {
			t.Errorf("the view of %q takes %v allocations, want at most 2", who.ID, got)
		}
	}
}

func TestAViewSaysWhatItsRulesSay(t *testing.T) {
	p := read(t, load(t))
	for _, who := range callers {
		view := p.View(who)
		for i, rule := range p.Rules() {
			if rule.Index != i || view.Verdict(rule) != rule.For(who) {
				t.Errorf("%s at %d says %d of %q, want %d", rule.Name, i, view.Verdict(rule), who.ID, rule.For(who))
			}
		}
	}
}

func TestTheZeroViewRefusesEverything(t *testing.T) {
	view := new(policy.View)
	for _, rule := range read(t, load(t)).Rules() {
		if view.Verdict(rule) != policy.Refuse {
			t.Errorf("%s is not refused", rule.Name)
		}
	}
	if view.Is(0) || view.Names(nil) || view.Names([]byte("")) {
		t.Error("the zero view is somebody")
	}
}

func TestOnlyUsersOwnRecords(t *testing.T) {
	p := read(t, load(t))
	for id, want := range map[string]record.ID{
		"7": 7, "": 0, "0": 0, "07": 0, "+7": 0, " 7": 0, "7.0": 0, "-7": 0, "7a": 0, "billing": 0, "٧": 0, "0x7": 0,
		"9007199254740991": 9007199254740991, "9007199254740992": 0, "99999999999999999999": 0,
	} {
		view := p.View(auth.Principal{ID: id})
		if got := view.Is(want); got != (want != 0) {
			t.Errorf("%q is %d: %t", id, want, got)
		}
		if view.Is(0) || view.Is(-7) || want != 7 && view.Is(7) {
			t.Errorf("%q owns what it should not", id)
		}
		if got := view.Names([]byte(id)); got != (want != 0) {
			t.Errorf("%q names itself: %t, want %t", id, got, want != 0)
		}
	}
}

func TestAnonymousCallersAreToldToSignIn(t *testing.T) {
	p := read(t, load(t))
	if reason, kind := policy.Why(p.View(anonymous)); reason != audit.Unauthenticated || kind != problem.Unauthenticated {
		t.Errorf("Why = %v, %v", reason, kind)
	}
	if reason, kind := policy.Why(p.View(customer)); reason != audit.Forbidden || kind != problem.Forbidden {
		t.Errorf("Why = %v, %v", reason, kind)
	}
}

func TestOneSetOfScopesSufficesByAllThatIsInIt(t *testing.T) {
	schema := load(t, change{`UserConnection @requiresScopes(scopes: [["users:read"]])`, `UserConnection @requiresScopes(scopes: [["a", "b"], ["c"]])`})
	rule := read(t, schema).Field(schema.Query.Fields.ForName("users")).Rules[0]
	for name, c := range map[string]struct {
		scopes []string
		want   policy.Verdict
	}{
		"none": {nil, policy.Refuse}, "half a set": {[]string{"a"}, policy.Refuse}, "the other half": {[]string{"b", "d"}, policy.Refuse},
		"a set": {[]string{"b", "a"}, policy.Allow}, "the other": {[]string{"c"}, policy.Allow}, "a longer name": {[]string{"cc"}, policy.Refuse},
	} {
		if got := rule.For(caller("7", c.scopes...)); got != c.want {
			t.Errorf("with %s the rule says %d, want %d", name, got, c.want)
		}
	}
	if rule.For(auth.Principal{Scopes: []string{"c"}}) != policy.Refuse {
		t.Error("a caller without a name has scopes")
	}
}

func BenchmarkView(b *testing.B) {
	p := read(b, load(b))
	b.ReportAllocs()
	for b.Loop() {
		p.View(support)
	}
}
