package shared

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/ulule/limiter/v3"

	"github.com/concierge-gateway/concierge/ratelimit/charge"
	"github.com/concierge-gateway/concierge/redis/redistest"
)

// full is a reservation over so many counters.
func full(keys int) *charge.Reservation {
	r := &charge.Reservation{Want: 1, Least: 1}
	for i := range keys {
		r.Charges = append(r.Charges, charge.Charge{
			Key: "rule/" + strconv.Itoa(i) + "/a-caller", Rate: limiter.Rate{Limit: 1e9, Period: 100 * time.Millisecond}, Cost: 1,
		})
	}
	return r
}

// The counters are as long as they become: 33 runs.
func BenchmarkScript(b *testing.B) {
	server := redistest.Start(b)
	client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{server.Address}, DisableCache: true})
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	scripts, names := newScripts(), namesOf("p:")
	for _, keys := range []int{1, 4, 16} {
		b.Run(fmt.Sprintf("%d keys", keys), func(b *testing.B) {
			r := []*charge.Reservation{full(keys)}
			server.Do("CONFIG", "RESETSTAT")
			b.ReportAllocs()
			for b.Loop() {
				questions := questionsOf(r)
				keys, args := encode(names, "", "", questions)
				answer, err := scripts.reserve.Exec(b.Context(), client, keys, args).AsIntSlice()
				if err == nil {
					err = decode(answer, questions)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
			b.StopTimer()
			b.ReportMetric(stat(server, "evalsha", "usec_per_call"), "redis-µs/op")
		})
	}
}

// stat reads what Redis says of a command.
func stat(server *redistest.Server, command, name string) float64 {
	answer := server.Do("INFO", "commandstats")
	stats, _ := answer.ToString()
	_, rest, _ := strings.Cut(stats, "cmdstat_"+command+":")
	rest, _, _ = strings.Cut(rest, "\n")
	_, rest, _ = strings.Cut(rest, name+"=")
	number, _, _ := strings.Cut(rest, ",")
	value, _ := strconv.ParseFloat(number, 64)
	return value
}

func BenchmarkReserve(b *testing.B) {
	server := redistest.Start(b)
	for name, lease := range map[string]int64{"asked": 0, "leased": 10_000} {
		b.Run(name, func(b *testing.B) {
			i := together(b, 1, setup{servers: []*redistest.Server{server}, settings: patient()})[0]
			work := func(next func() bool) {
				r := full(4)
				for n := range r.Charges {
					r.Charges[n].Lease = lease
				}
				for next() {
					i.take(b, r)
				}
			}
			b.Run("one", func(b *testing.B) {
				b.ReportAllocs()
				work(b.Loop)
			})
			b.Run("many", func(b *testing.B) {
				b.SetParallelism(16)
				b.RunParallel(func(pb *testing.PB) { work(pb.Next) })
			})
			i.stop()
		})
	}
}
