package sharing_test

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/concierge-gateway/concierge/auth/identity"
	"github.com/concierge-gateway/concierge/sharing"
)

// answerTo is the key of the same question, whoever asks.
func answerTo(inputs sharing.Inputs, caller sharing.Caller) sharing.Key {
	return sharing.ForAnswer(inputs, caller, "order", "/orders?user=7")
}

// ada is a caller whom the gateway knows, and what a service is sent for her.
func ada(change ...func(c *sharing.Caller)) sharing.Caller {
	c := sharing.Caller{
		Known: &identity.Caller{ID: "7", Scopes: "orders:read", Tenant: "acme"},
		Sent: http.Header{
			"X-User-Id": {"7"}, "X-User-Scopes": {"orders:read"}, "X-User-Tenant": {"acme"}, "X-Gateway-Token": {"signed"},
			"Accept": {"application/json"}, "X-Request-Id": {"request-1"}, "Traceparent": {"00-1"}, "Tracestate": {"a=1"},
		},
	}
	for _, each := range change {
		each(&c)
	}
	return c
}

// stranger is somebody of whom the gateway knows no name.
func stranger(change ...func(c *sharing.Caller)) sharing.Caller {
	c := sharing.Caller{Known: &identity.Caller{KeyHeader: "X-Api-Key"}, Sent: http.Header{"Accept": {"application/json"}}}
	for _, each := range change {
		each(&c)
	}
	return c
}

func sends(name string, values ...string) func(c *sharing.Caller) {
	return func(c *sharing.Caller) { c.Sent[name] = values }
}

func isCalled(change func(k *identity.Caller)) func(c *sharing.Caller) {
	return func(c *sharing.Caller) { change(c.Known) }
}

func unchecked(c *sharing.Caller) { c.Known.Unchecked = true }

func checks(c *sharing.Caller) { c.Credentials = []string{"X-Session"} }

func counts(c *sharing.Caller) { c.Counted = []string{"X-View"} }

func TestAnAnswerIsSharedExactlyByThoseForWhomItIsTheSame(t *testing.T) {
	id := isCalled(func(k *identity.Caller) { k.ID = "8" })
	scopes := isCalled(func(k *identity.Caller) { k.Scopes = "" })
	tenant := isCalled(func(k *identity.Caller) { k.Tenant = "globex" })
	tenantless := isCalled(func(k *identity.Caller) { k.Tenant = "" })
	for name, tt := range map[string]struct {
		a, b   sharing.Caller
		shared string // by which inputs
	}{
		"the same":                         {ada(), ada(), "nothing tenant principal all"},
		"another request":                  {ada(), ada(sends("X-Request-Id", "request-2"), sends("Traceparent", "00-2"), sends("Tracestate")), "nothing tenant principal all"},
		"another token of the gateway":     {ada(), ada(sends("X-Gateway-Token", "signed later")), "nothing tenant principal all"},
		"another version or part":          {ada(), ada(sends("If-None-Match", `"1"`), sends("Range", "bytes=0-1"), sends("Cache-Control", "no-cache")), "nothing tenant principal all"},
		"another field":                    {ada(), ada(sends("Accept-Language", "de")), "nothing tenant principal"},
		"another value":                    {ada(), ada(sends("Accept", "text/html")), "nothing tenant principal"},
		"another address":                  {ada(), ada(sends("X-Forwarded-For", "192.0.2.1")), "nothing tenant principal"},
		"another credential":               {ada(), ada(sends("Authorization", "Bearer b")), "nothing tenant principal"},
		"another id, not sent":             {ada(), ada(id), "nothing tenant"},
		"another id":                       {ada(), ada(id, sends("X-User-Id", "8")), "nothing tenant"},
		"other scopes":                     {ada(), ada(scopes, sends("X-User-Scopes", "")), "nothing tenant"},
		"another tenant":                   {ada(), ada(tenant, sends("X-User-Tenant", "globex")), "nothing"},
		"another tenant, not sent":         {ada(), ada(tenant), "nothing"},
		"no tenant":                        {ada(), ada(tenantless), "nothing"},
		"two without a tenant":             {ada(tenantless), ada(tenantless, id), "nothing"},
		"one without a tenant":             {ada(tenantless), ada(tenantless), "nothing tenant principal all"},
		"a stranger":                       {ada(), stranger(), "nothing"},
		"two strangers":                    {stranger(), stranger(), "nothing tenant principal all"},
		"strangers with a token":           {stranger(sends("Authorization", "Bearer a")), stranger(sends("Authorization", "Bearer b")), "nothing"},
		"strangers with a cookie":          {stranger(sends("Cookie", "a=1")), stranger(), "nothing"},
		"strangers with a key":             {stranger(sends("X-Api-Key", "a")), stranger(sends("X-Api-Key", "b")), "nothing"},
		"strangers with two of a field":    {stranger(sends("Cookie", "a=1", "b=2")), stranger(sends("Cookie", "a=1b=2")), "nothing"},
		"strangers by different browsers":  {stranger(sends("User-Agent", "a")), stranger(sends("User-Agent", "b")), "nothing tenant principal"},
		"whom a service checks":            {stranger(unchecked, sends("X-Session", "a")), stranger(unchecked, sends("X-Session", "b")), "nothing"},
		"whom a service checks, the same":  {stranger(unchecked, sends("X-Session", "a")), stranger(unchecked, sends("X-Session", "a")), "nothing tenant principal all"},
		"of whom nothing is known":         {sharing.Caller{Sent: http.Header{"X-Session": {"a"}}}, sharing.Caller{Sent: http.Header{"X-Session": {"b"}}}, "nothing"},
		"of whom nothing is said":          {sharing.Caller{}, sharing.Caller{}, "nothing tenant principal all"},
		"an empty value is not none":       {ada(sends("Prefer", "")), ada(), "nothing tenant principal"},
		"what was sent, if nothing else":   {sharing.Caller{Known: &identity.Caller{Sent: http.Header{"Cookie": {"a"}}}}, sharing.Caller{Known: &identity.Caller{Sent: http.Header{"Cookie": {"b"}}}}, "nothing"},
		"a name in the place of a tenant":  {ada(isCalled(func(k *identity.Caller) { k.Tenant, k.ID = "acme7", "" })), ada(), "nothing"},
		"another host":                     {ada(sends("X-Forwarded-Host", "a.example")), ada(sends("X-Forwarded-Host", "b.example")), ""},
		"another scheme":                   {ada(sends("X-Forwarded-Proto", "https")), ada(sends("X-Forwarded-Proto", "http")), ""},
		"another credential of a service":  {stranger(checks, sends("X-Session", "a")), stranger(checks, sends("X-Session", "b")), "nothing"},
		"what a route makes":               {ada(counts, sends("X-View", "all")), ada(counts, sends("X-View", "public")), ""},
		"what only one route makes":        {ada(counts, sends("X-View", "all")), ada(sends("X-View", "all")), ""},
		"what a route makes of nothing":    {ada(counts), ada(), "nothing tenant principal all"},
		"fields that look like two others": {ada(sends("A", "1", "B", "2")), ada(sends("A", "1"), sends("B", "2")), "nothing tenant principal"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, inputs := range []sharing.Inputs{sharing.Nothing, sharing.Tenant, sharing.Principal, sharing.All} {
				want := slices.Contains(strings.Fields(tt.shared), string(inputs))
				if got := answerTo(inputs, tt.a) == answerTo(inputs, tt.b); got != want {
					t.Errorf("shared by %s: %t", inputs, got)
				}
			}
		})
	}
}

func TestInputsThatNobodyDeclaredAreAll(t *testing.T) {
	for _, inputs := range []sharing.Inputs{"", "everything"} {
		if answerTo(inputs, ada()) != answerTo(sharing.All, ada()) {
			t.Errorf("%q are not all", inputs)
		}
		if inputs.ForEverybody() {
			t.Errorf("%q are for everybody", inputs)
		}
	}
	for inputs, known := range map[sharing.Inputs]bool{"": true, "all": true, "principal": true, "tenant": true, "nothing": true, "everything": false, "All": false} {
		if inputs.Known() != known {
			t.Errorf("%q is known: %t", inputs, !known)
		}
	}
	if !sharing.Nothing.ForEverybody() || sharing.Tenant.ForEverybody() || sharing.Principal.ForEverybody() || sharing.All.ForEverybody() {
		t.Error("it is not nothing alone that is for everybody")
	}
}

// The same route may be declared twice, and what is kept by one must not be found by the other.
func TestDifferentDeclarationsShareNothing(t *testing.T) {
	keys := make(map[sharing.Key]bool)
	all := []sharing.Inputs{sharing.Nothing, sharing.Tenant, sharing.Principal, sharing.All}
	for _, inputs := range all {
		keys[answerTo(inputs, ada())] = true
	}
	if len(keys) != len(all) {
		t.Errorf("%d declarations make %d keys", len(all), len(keys))
	}
}

func TestDifferentQuestionsHaveDifferentKeys(t *testing.T) {
	keys := make(map[sharing.Key]bool)
	questions := [][3]string{{"a", "b", "c"}, {"ab", "", "c"}, {"", "ab", "c"}, {"a", "bc", ""}, {"abc", "", ""}, {"1a", "b", ""}, {"a\x01b", "", ""}}
	for _, q := range questions {
		keys[sharing.ForCall(sharing.Nothing, ada(), q[0], q[1], q[2])] = true
		keys[sharing.ForOperation(sharing.Nothing, ada(), q[0], q[1], q[2])] = true
		keys[sharing.ForAnswer(sharing.Nothing, ada(), q[0], q[1]+"/"+q[2])] = true
		keys[sharing.ForRecords(sharing.Nothing, ada(), q[0], q[1]+"/"+q[2])] = true
	}
	if len(keys) != 4*len(questions) {
		t.Errorf("%d questions have %d keys", 4*len(questions), len(keys))
	}
}

// asked is a question and who asks it.
type asked struct {
	inputs sharing.Inputs
	caller sharing.Caller
	uri    string
}

func (a asked) key() sharing.Key { return sharing.ForAnswer(a.inputs, a.caller, "order", a.uri) }

// draw takes them of few short texts, so that accidents are likely.
func draw(t *rapid.T, name string) asked {
	short := rapid.SampledFrom([]string{"", "a", "b", "ab", "\x01a", "\x00"})
	fields := rapid.SampledFrom([]string{"Authorization", "Cookie", "Accept", "X-Api-Key", "X-Request-Id", "Traceparent", "X-Gateway-Token", "Range", "X-Forwarded-Host", "X-Forwarded-Proto", "A", ""})
	a := asked{
		inputs: rapid.SampledFrom([]sharing.Inputs{sharing.Nothing, sharing.Tenant, sharing.Principal, sharing.All}).Draw(t, name+" inputs"),
		uri:    short.Draw(t, name+" uri"),
	}
	a.caller.Sent = rapid.MapOf(fields, rapid.SliceOfN(short, 0, 2)).Draw(t, name+" sent")
	a.caller.Counted = rapid.SampledFrom([][]string{nil, {"A"}, {"A", "Accept"}}).Draw(t, name+" counted")
	a.caller.Known = &identity.Caller{
		ID: short.Draw(t, name+" id"), Tenant: short.Draw(t, name+" tenant"), Scopes: short.Draw(t, name+" scopes"),
		Unchecked: rapid.Bool().Draw(t, name+" unchecked"), KeyHeader: rapid.SampledFrom([]string{"", "X-Api-Key"}).Draw(t, name+" key header"),
	}
	return a
}

// says is the same as a key in other words: all that counts of a caller, and of the request whoever asks.
func (a asked) says() []any {
	return append(a.saysOfCaller(), a.fields(func(name string) bool {
		counts := slices.Contains(a.caller.Counted, name) || name == "X-Forwarded-Host" || name == "X-Forwarded-Proto"
		return counts && len(a.caller.Sent[name]) > 0
	}))
}

func (a asked) fields(counts func(name string) bool) map[string]string {
	out := make(map[string]string)
	for name, values := range a.caller.Sent {
		if counts(name) {
			out[name] = strings.Join(append([]string{""}, values...), "\n")
		}
	}
	return out
}

func (a asked) saysOfCaller() []any {
	known, fields := a.caller.Known, a.fields
	named := []any{known.Tenant, known.ID, known.Scopes}
	switch {
	case a.inputs == sharing.Nothing:
		return []any{a.uri, "nothing"}
	case a.inputs == sharing.Tenant && known.Tenant != "" && known.ID != "":
		return []any{a.uri, "tenant", known.Tenant}
	case a.inputs != sharing.All && known.ID != "":
		return append(named, a.uri, "principal")
	case a.inputs != sharing.All && !known.Unchecked:
		credentials := []string{"Authorization", "Cookie", known.KeyHeader}
		return []any{a.uri, "credentials", fields(func(name string) bool { return slices.Contains(credentials, name) })}
	default:
		single := []string{"X-Request-Id", "Traceparent", "X-Gateway-Token", "Range"}
		return append(named, a.uri, "all", fields(func(name string) bool { return !slices.Contains(single, name) }))
	}
}

func same(a, b []any) bool {
	return slices.EqualFunc(a, b, func(one, other any) bool {
		fields, ok := one.(map[string]string)
		others, too := other.(map[string]string)
		if ok || too {
			return ok && too && maps.Equal(fields, others)
		}
		return one == other
	})
}

// Two keys are equal exactly where all that counts is.
func TestKeysAreEqualWhereAllThatCountsIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := draw(t, "a"), draw(t, "b")
		if rapid.Bool().Draw(t, "alike") { // or hardly any two would be
			caller := *a.caller.Known
			b = asked{a.inputs, sharing.Caller{Known: &caller, Sent: a.caller.Sent.Clone(), Counted: a.caller.Counted}, a.uri}
			switch other := draw(t, "other"); rapid.IntRange(0, 7).Draw(t, "changed") {
			case 0:
				b.caller.Known.ID = other.caller.Known.ID
			case 1:
				b.caller.Known.Tenant = other.caller.Known.Tenant
			case 2:
				b.caller.Known.Scopes = other.caller.Known.Scopes
			case 3:
				maps.Copy(b.caller.Sent, other.caller.Sent)
			case 4:
				b.uri = other.uri
			case 5:
				b.inputs = other.inputs
			case 6:
				b.caller.Counted = other.caller.Counted
			}
		}
		if got, want := a.key() == b.key(), same(a.says(), b.says()); got != want {
			t.Errorf("equal: %t, want %t\n%+v %+v\n%+v %+v", got, want, a, a.caller.Known, b, b.caller.Known)
		}
		if (a.key().String() == b.key().String()) != (a.key() == b.key()) {
			t.Error("the texts of keys are not equal where the keys are")
		}
	})
}

func TestAKeyIsTheSameEachTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := draw(t, "a")
		first := a.key()
		for range 4 { // a map is read in another order
			if a.key() != first {
				t.Error("a key changes")
			}
		}
	})
}

func TestTheKeysOfRecordsAreTheirOwn(t *testing.T) {
	ids := []int64{1, 2, 12, -1, 1 << 62}
	keys := make(map[sharing.Key]bool)
	texts := make(map[string]bool)
	for _, way := range []string{"id", "user_id"} {
		all := sharing.ForRecords(sharing.Nothing, ada(), "order", way)
		keys[all], texts[all.String()] = true, true
		for _, id := range ids {
			keys[all.For(id)], texts[all.For(id).String()] = true, true
			if all.For(id) != all.For(2).For(id) {
				t.Error("a record's key depends on another's")
			}
		}
	}
	if want := 2 * (1 + len(ids)); len(keys) != want || len(texts) != want {
		t.Errorf("there are %d keys and %d texts, want %d", len(keys), len(texts), want)
	}
}

// Whoever has no request to a service yet says apart from it which host was asked.
func TestTheHostThatWasAskedCountsTheSameWhereverItIsSaid(t *testing.T) {
	for _, asked := range []sharing.Asked{
		{}, {Host: "a.example"}, {Proto: "https"}, {Host: "a.example", Proto: "https"}, {Host: "b.example", Proto: "https"},
	} {
		said := ada()
		for name, value := range map[string]string{"X-Forwarded-Host": asked.Host, "X-Forwarded-Proto": asked.Proto} {
			if value != "" {
				said.Sent[name] = []string{value}
			}
		}
		apart := ada(func(c *sharing.Caller) { c.Asked = asked })
		for _, inputs := range []sharing.Inputs{sharing.Nothing, sharing.Tenant, sharing.Principal} {
			if answerTo(inputs, said) != answerTo(inputs, apart) {
				t.Errorf("%+v makes another key of %s", asked, inputs)
			}
			if asked != (sharing.Asked{}) && answerTo(inputs, apart) == answerTo(inputs, ada()) {
				t.Errorf("%+v does not count for %s", asked, inputs)
			}
		}
	}
}

// Records are the same whichever host a client asked. What a route makes of a request may have made others of them.
func TestTheKeysOfRecordsKnowNoHost(t *testing.T) {
	key := func(change ...func(c *sharing.Caller)) sharing.Key {
		return sharing.ForRecords(sharing.Nothing, ada(change...), "order", "id")
	}
	if key(sends("X-Forwarded-Host", "a.example")) != key() {
		t.Error("they depend on the host")
	}
	if key(counts, sends("X-View", "public")) == key(sends("X-View", "public")) {
		t.Error("they do not depend on what a route makes")
	}
}

// The text of a key is a name in stores outside, and tells nothing of the caller.
func TestTheTextOfAKeyIsPlainAndShort(t *testing.T) {
	form := regexp.MustCompile(`^[A-Za-z0-9_-]{43}(\.-?\d{1,19})?$`)
	rapid.Check(t, func(t *rapid.T) {
		text := draw(t, "a").key().For(rapid.Int64().Draw(t, "id")).String()
		if !form.MatchString(text) {
			t.Errorf("%q", text)
		}
	})
}

func TestALongHeaderIsRead(t *testing.T) {
	long := ada(func(c *sharing.Caller) {
		for _, letter := range "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz" {
			c.Sent.Add("X-"+strings.ToUpper(string(letter)), strings.Repeat(string(letter), 200))
		}
	})
	other := long
	other.Sent = long.Sent.Clone()
	other.Sent["X-Z"] = []string{long.Sent["X-Z"][0], long.Sent["X-Z"][1] + "!"}
	if answerTo(sharing.All, long) == answerTo(sharing.All, other) {
		t.Error("the end of a long header does not count")
	}
}

func BenchmarkKey(b *testing.B) {
	caller := ada()
	caller.Sent["User-Agent"] = []string{"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"}
	caller.Sent["Accept-Encoding"], caller.Sent["Accept-Language"] = []string{"gzip, deflate, br, zstd"}, []string{"de,en-US;q=0.7,en;q=0.3"}
	for _, inputs := range []sharing.Inputs{sharing.Nothing, sharing.Tenant, sharing.Principal, sharing.All} {
		b.Run(string(inputs), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				sharing.ForCall(inputs, caller, "order", http.MethodGet, "/orders?user_ids=1,2,3,4,5,6,7")
			}
		})
	}
}
