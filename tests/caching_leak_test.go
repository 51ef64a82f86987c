package tests

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/s2"

	"github.com/concierge-gateway/concierge/demo"
	"github.com/concierge-gateway/concierge/redis/redistest"
)

// Where services answer the gateway the same whoever asks, and all of it is kept, everybody is answered by what was answered to those
// who see the most.
func TestNobodyLearnsFromCachesWhatIsNotForThem(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	s := startLeakSite(t, func(yaml string) string {
		yaml = with(caching(yaml, trusting()...), "cache", "redis: {enabled: true, timeout: 1s, probe: 20ms}")
		return with(yaml, "cache", "purges: {wait: 10s, bound: 30s}") + fmt.Sprintf("redis: {addresses: [%q]}\n", redis.Address)
	}, unchanged[slog.Handler])
	s.lasting = true
	s.hears(t)
	changes := byChanges(t)
	reads := slices.DeleteFunc(doors(t, s), func(q question) bool {
		return slices.ContainsFunc(changes, func(change question) bool { return change.body == q.body && change.path == q.path })
	})
	before := s.told(t, s.asker(t, "admin"), reads)
	s.written(t)
	for _, name := range []string{"anonymous", "a machine that reads users", "a machine that reads orders", "another customer", "support", "owner"} {
		as, questions := s.asker(t, name), reads
		if name == "owner" {
			questions = append(slices.Clip(reads), changes...)
		}
		facts := s.told(t, as, questions)
		for _, each := range slices.Concat(s.secretsTold(as, facts), s.missing(as, facts)) {
			t.Error(each)
		}
	}
	s.outputsTellNothing(t)
	s.liesInRedis(t, redis, before)
	for _, service := range demo.Names() {
		for _, cache := range []string{"answers", "records"} {
			if hits := counted(t, s.program, fmt.Sprintf(`concierge_cache_requests_total{cache=%q,of=%q,result="hit"}`, cache, service)); hits < 10 {
				t.Errorf("of the %s of the %s service, %v were used", cache, service, hits)
			}
		}
	}
}

// liesInRedis checks that what nobody may see does not lie in Redis, where all else does that was told.
func (s *leakSite) liesInRedis(t *testing.T, redis *redistest.Server, told map[fact]question) {
	t.Helper()
	never := map[string]bool{demo.Payment + " card_number": true}
	for _, service := range demo.Names() {
		for _, member := range hiddenIn(t, service) {
			never[service+" "+member] = true
		}
	}
	s.written(t)
	facts, all := make(map[fact]bool), new(strings.Builder)
	for key, value := range everyValue(t, redis) {
		all.WriteString(value)
		for each := range s.found(value) {
			if facts[each] = true; never[each.Service+" "+each.Member] || strings.HasSuffix(each.Member, "internal_margin") {
				t.Errorf("%v lies in Redis, under %s: %.300q", each, key, value)
			}
		}
	}
	for each, q := range told {
		if q.method == "POST" && q.path != "/graphql" {
			continue // a write, whose answer is nobody else's
		}
		if each.Member == cardEnd { // before which there are zeros
			facts[each] = strings.Contains(all.String(), fmt.Sprintf(`00009%03d"`, each.ID%1000))
		}
		if each.Member != "role" && each.Member != "status" && !facts[each] { // which are told by what stands beside them
			t.Errorf("%v was told, and does not lie in Redis", each)
		}
	}
}

// everyValue is all that lies in Redis, as it was before it was compressed.
func everyValue(t *testing.T, redis *redistest.Server) map[string]string {
	t.Helper()
	all := redis.Do("KEYS", "*")
	keys, err := all.AsStrSlice()
	if err != nil || len(keys) == 0 {
		t.Fatalf("nothing lies in Redis: %v", err)
	}
	values := make(map[string]string)
	for _, key := range keys {
		kind := redis.Do("TYPE", key)
		switch of, _ := kind.ToString(); of {
		case "string":
			value := redis.Do("GET", key)
			text, err := value.ToString()
			if err != nil {
				t.Fatal(err)
			}
			values[key] = unpacked(t, key, text)
		case "stream":
			value := redis.Do("XRANGE", key, "-", "+")
			values[key] = value.String()
		default:
			t.Logf("%s is a %s", key, of)
		}
	}
	return values
}

// unpacked is a value as it was kept. The first byte of those says how they lie there.
func unpacked(t *testing.T, key, text string) string {
	t.Helper()
	if !strings.Contains(key, "kept:") {
		return text
	}
	switch text[0] {
	case 1:
		return text[1:]
	case 2:
		plain, err := s2.Decode(nil, []byte(text[1:]))
		if err != nil {
			t.Fatal(err)
		}
		return string(plain)
	default:
		t.Errorf("%s begins with %d", key, text[0])
		return text
	}
}
