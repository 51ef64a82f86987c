package routing

import (
	"cmp"
	"slices"
)

// Conflict is two rules that some request fits equally.
type Conflict struct {
	// First and Second are the rules' indexes, of which First is the smaller.
	First, Second int
	// Reason says in what they are equal.
	Reason string
}

// conflicts are those among the entries of a leaf.
func (l *leaf) conflicts() []Conflict {
	var conflicts []Conflict
	for i, a := range l.entries {
		for _, b := range l.entries[:i] {
			if reason := clash(a, b); reason != "" {
				conflicts = append(conflicts, Conflict{min(a.rule, b.rule), max(a.rule, b.rule), reason})
			}
		}
	}
	return conflicts
}

// clash says how one request can fit two entries of a leaf equally, if it can.
func clash(a, b *entry) (reason string) {
	method, shared := sharedMethod(a.methods, b.methods)
	if a.rule == b.rule || !shared || compareRank(a, b) != 0 || contradict(a.conditions, b.conditions) {
		return ""
	}
	means, shared := sharedMeans(a, b)
	if !shared {
		return ""
	}
	reason = "both take " + method + join(a.segments) + means
	if len(a.conditions) > 0 {
		reason += ", and neither's conditions go before the other's"
	}
	return reason
}

// sharedMethod is a method that both lists name, followed by a space, and nothing where both are nil. A HEAD that GET stands for
// is not looked at: where both take it so, they share GET.
func sharedMethod(a, b []string) (method string, shared bool) {
	if a == nil || b == nil {
		return "", a == nil && b == nil
	}
	i := slices.IndexFunc(a, func(method string) bool { return slices.Contains(b, method) })
	if i < 0 {
		return "", false
	}
	return a[i] + " ", true
}

// sharedMeans is how a request can name a version that is both entries'.
func sharedMeans(a, b *entry) (means string, shared bool) {
	same := a.version == b.version
	switch {
	case same && a.version == "":
		return "", true
	case same && a.header && b.header:
		return " with " + VersionHeader + ": v" + a.version, true
	case same && a.media && b.media:
		return " with version=" + a.version + " in Accept", true
	case a.standard && b.standard:
		return " where no version is named", true
	default:
		return "", false
	}
}

// contradict reports whether no request can fit both lists of conditions.
func contradict(a, b []condition) bool {
	return slices.ContainsFunc(a, func(c condition) bool { return slices.ContainsFunc(b, c.contradicts) })
}

// distinct leaves one conflict of each two rules, in the order of the rules.
func distinct(conflicts []Conflict) []Conflict {
	slices.SortFunc(conflicts, func(a, b Conflict) int {
		return cmp.Or(cmp.Compare(a.First, b.First), cmp.Compare(a.Second, b.Second), cmp.Compare(a.Reason, b.Reason))
	})
	return slices.CompactFunc(conflicts, func(a, b Conflict) bool { return a.First == b.First && a.Second == b.Second })
}
