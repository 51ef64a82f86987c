package networks_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/concierge-gateway/concierge/networks"
)

func list(t testing.TB, c networks.Config) *networks.List {
	t.Helper()
	l, err := networks.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestARequestMayComeFromWhoIsAllowedAndNotDenied(t *testing.T) {
	none := networks.Config{}
	inner := networks.Config{Allow: []string{"10.0.0.0/8", "192.0.2.7", "2001:db8::/32"}}
	without := networks.Config{Allow: inner.Allow, Deny: []string{"10.1.0.0/16", "2001:db8::1"}}
	outer := networks.Config{Deny: []string{"203.0.113.0/24", "fe80::/10"}}
	for name, c := range map[string]struct {
		cfg     networks.Config
		address string
		want    bool
	}{
		"nothing said":                         {none, "203.0.113.7", true},
		"nothing said, of no address":          {none, "", true},
		"within an allowed range":              {inner, "10.255.255.255", true},
		"the first of an allowed range":        {inner, "10.0.0.0", true},
		"just before it":                       {inner, "9.255.255.255", false},
		"just after it":                        {inner, "11.0.0.0", false},
		"an allowed address":                   {inner, "192.0.2.7", true},
		"the next address":                     {inner, "192.0.2.8", false},
		"within an allowed range of IPv6":      {inner, "2001:db8:ffff::1", true},
		"outside of it":                        {inner, "2001:db9::", false},
		"IPv4 within IPv6":                     {inner, "::ffff:10.0.0.1", true},
		"IPv4 within IPv6, not allowed":        {inner, "::ffff:11.0.0.1", false},
		"a zone":                               {inner, "2001:db8::1%eth0", true},
		"no address":                           {inner, "", false},
		"denied within allowed":                {without, "10.1.2.3", false},
		"beside what is denied":                {without, "10.2.0.0", true},
		"a denied address":                     {without, "2001:db8::1", false},
		"a denied address with a zone":         {without, "2001:db8::1%eth0", false},
		"neither allowed nor denied":           {without, "198.51.100.1", false},
		"denied alone":                         {outer, "203.0.113.9", false},
		"not denied":                           {outer, "203.0.114.9", true},
		"denied, within IPv6":                  {outer, "::ffff:203.0.113.9", false},
		"denied, with a zone":                  {outer, "fe80::1%eth0", false},
		"no address, where some are denied":    {outer, "", false},
		"deny wins over the same":              {networks.Config{Allow: []string{"10.0.0.1"}, Deny: []string{"10.0.0.1"}}, "10.0.0.1", false},
		"deny wins over a part":                {networks.Config{Allow: []string{"10.0.0.1"}, Deny: []string{"10.0.0.0/8"}}, "10.0.0.1", false},
		"all of IPv4":                          {networks.Config{Allow: []string{"0.0.0.0/0"}}, "255.255.255.255", true},
		"all of IPv4 is nothing of IPv6":       {networks.Config{Allow: []string{"0.0.0.0/0"}}, "::1", false},
		"all of IPv6":                          {networks.Config{Allow: []string{"::/0"}}, "ffff::", true},
		"all of IPv6 is nothing of IPv4":       {networks.Config{Allow: []string{"::/0"}}, "10.0.0.1", false},
		"nor of IPv4 within IPv6":              {networks.Config{Allow: []string{"::/0"}}, "::ffff:10.0.0.1", false},
		"a smaller range within a larger":      {networks.Config{Allow: []string{"10.9.0.0/16", "10.0.0.0/8"}}, "10.200.0.1", true},
		"two ranges of the same first address": {networks.Config{Allow: []string{"10.0.0.0/24", "10.0.0.0/8"}}, "10.200.0.1", true},
		"what stands there twice":              {networks.Config{Allow: []string{"10.0.0.0/8", "10.0.0.0/8"}}, "10.0.0.1", true},
	} {
		t.Run(name, func(t *testing.T) {
			var address netip.Addr
			if c.address != "" {
				address = netip.MustParseAddr(c.address)
			}
			if got := list(t, c.cfg).Permits(address); got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestAListIsEmptyWhereItSaysNothing(t *testing.T) {
	for name, c := range map[string]struct {
		cfg  networks.Config
		want bool
	}{
		"the default": {networks.Config{}, true},
		"allowed":     {networks.Config{Allow: []string{"::1"}}, false},
		"denied":      {networks.Config{Deny: []string{"::1"}}, false},
	} {
		if got := list(t, c.cfg).Empty(); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestConfigReportsWhatIsNoNetwork(t *testing.T) {
	for text, want := range map[string]string{
		"10.0.0.0/8":         "",
		"10.0.0.1":           "",
		"10.0.0.1/32":        "",
		"2001:db8::/32":      "",
		"2001:DB8:0::1":      "",
		"0.0.0.0/0":          "",
		"10.0.0.1/8":         "has bits beyond its length: write 10.0.0.0/8",
		"2001:db8::1/32":     "has bits beyond its length: write 2001:db8::/32",
		"10.0.0.1/0":         "has bits beyond its length: write 0.0.0.0/0",
		"::ffff:10.0.0.1":    "must be written as IPv4, without ::ffff:",
		"::ffff:10.0.0.0/99": "must be written as IPv4, without ::ffff:",
		"":                   "is no address, and no range such as 10.0.0.0/8",
		" 10.0.0.1":          "is no address, and no range such as 10.0.0.0/8",
		"10.0.0":             "is no address, and no range such as 10.0.0.0/8",
		"010.0.0.1":          "is no address, and no range such as 10.0.0.0/8",
		"localhost":          "is no address, and no range such as 10.0.0.0/8",
		"10.0.0.1:80":        "is no address, and no range such as 10.0.0.0/8",
		"fe80::1%eth0":       "is no address, and no range such as 10.0.0.0/8",
		"10.0.0.0/33":        "is no range such as 10.0.0.0/8 or 2001:db8::/32",
		"10.0.0.0/-1":        "is no range such as 10.0.0.0/8 or 2001:db8::/32",
		"10.0.0.0/08":        "is no range such as 10.0.0.0/8 or 2001:db8::/32",
		"fe80::%eth0/10":     "is no range such as 10.0.0.0/8 or 2001:db8::/32",
		"10.0.0.0/8/8":       "is no range such as 10.0.0.0/8 or 2001:db8::/32",
	} {
		t.Run(text, func(t *testing.T) {
			expected := []string{}
			if want != "" {
				expected = []string{"allow[1]: " + want, "deny[0]: " + want}
			}
			got := []string{}
			c := networks.Config{Allow: []string{"192.0.2.1", text}, Deny: []string{text}}
			c.Validate(func(path, message string) { got = append(got, path+": "+message) })
			if diff := cmp.Diff(expected, got); diff != "" {
				t.Error(diff)
			}
			if _, err := networks.New(c); (err == nil) != (want == "") {
				t.Errorf("New says %v", err)
			}
			if _, err := networks.New(networks.Config{Deny: []string{text}}); (err == nil) != (want == "") {
				t.Errorf("of deny alone, New says %v", err)
			}
		})
	}
}

func TestPermitsAllocatesNothing(t *testing.T) {
	l := list(t, many(1000))
	for _, text := range []string{"10.1.2.3", "::ffff:10.1.2.3", "2001:db8::1"} {
		address := netip.MustParseAddr(text)
		if got := testing.AllocsPerRun(100, func() { l.Permits(address) }); got > 0 {
			t.Errorf("%s: %v allocations", text, got)
		}
	}
}

// near are addresses and ranges that often meet: few bits of them differ.
func near(r *rapid.T, label string) netip.Prefix {
	bit := rapid.SampledFrom([]byte{0, 1, 2, 128, 255})
	var address netip.Addr
	if rapid.Bool().Draw(r, label+" is IPv4") {
		address = netip.AddrFrom4([4]byte{10, bit.Draw(r, label), 0, bit.Draw(r, label)})
	} else {
		address = netip.AddrFrom16([16]byte{0: 0x20, 5: bit.Draw(r, label), 15: bit.Draw(r, label)})
	}
	return netip.PrefixFrom(address, rapid.IntRange(0, address.BitLen()).Draw(r, label+" length")).Masked()
}

func TestAListSaysWhatLookingAtEachRangeSays(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		prefixes := rapid.SliceOfN(rapid.Custom(func(r *rapid.T) netip.Prefix { return near(r, "range") }), 0, 12)
		allow, deny := prefixes.Draw(r, "allow"), prefixes.Draw(r, "deny")
		l, err := networks.New(networks.Config{Allow: texts(allow), Deny: texts(deny)})
		if err != nil {
			r.Fatal(err)
		}
		for range 20 {
			address := near(r, "address").Addr()
			want := !contain(deny, address) && (len(allow) == 0 || contain(allow, address))
			asked := address
			if address.Is4() && rapid.Bool().Draw(r, "within IPv6") {
				asked = netip.AddrFrom16(address.As16())
			}
			if got := l.Permits(asked); got != want {
				r.Errorf("%s: got %v", asked, got)
			}
		}
	})
}

func contain(prefixes []netip.Prefix, address netip.Addr) bool {
	for _, prefix := range prefixes {
		if prefix.Contains(address) {
			return true
		}
	}
	return false
}

func texts(prefixes []netip.Prefix) []string {
	all := make([]string, len(prefixes))
	for i, prefix := range prefixes {
		all[i] = prefix.String()
		if prefix.IsSingleIP() && i%2 == 0 {
			all[i] = prefix.Addr().String()
		}
	}
	return all
}

// FuzzParse takes any text for an entry: it is refused by Validate and New alike, or it permits what it says.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"10.0.0.0/8", "10.0.0.1", "10.0.0.1/8", "2001:db8::/32", "::ffff:10.0.0.0/104", "::/0", "fe80::1%eth0", "1.2.3.4/", "/8", "",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c := networks.Config{Allow: []string{text}}
		refused := false
		c.Validate(func(_, message string) {
			refused = true
			if _, better, ok := strings.Cut(message, ": write "); ok {
				list(t, networks.Config{Allow: []string{better}})
			}
		})
		l, err := networks.New(c)
		if (err != nil) != refused {
			t.Fatalf("Validate and New differ: %v", err)
		}
		if refused {
			return
		}
		first, _, _ := strings.Cut(text, "/")
		address := netip.MustParseAddr(first)
		if !l.Permits(address) || list(t, networks.Config{Deny: []string{text}}).Permits(address) {
			t.Errorf("%q does not hold its own first address", text)
		}
	})
}

// many are n ranges of each kind.
func many(n int) networks.Config {
	var c networks.Config
	for i := range n {
		c.Allow = append(c.Allow, fmt.Sprintf("10.%d.%d.0/24", i>>8, i&255), fmt.Sprintf("2001:db8:%x::/48", i))
	}
	return c
}

func BenchmarkPermits(b *testing.B) {
	for _, n := range []int{5, 500, 5000} {
		l := list(b, many(n))
		for name, text := range map[string]string{"allowed": "10.0.3.9", "not allowed": "203.0.113.9", "IPv6": "2001:db8:3::1"} {
			address := netip.MustParseAddr(text)
			b.Run(fmt.Sprintf("%d/%s", 2*n, name), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					l.Permits(address)
				}
			})
		}
	}
}
