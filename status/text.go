package status

import (
	"fmt"
	"strings"
	"time"
)

// text is the page for terminals.
func text(s Snapshot, links []string) string {
	var page strings.Builder
	line := func(format string, values ...any) { fmt.Fprintf(&page, format+"\n", values...) }
	line("Concierge %s\n", s.Version)
	line("up        %s, since %s", time.Duration(s.Uptime)*time.Second, s.Started.Format(time.RFC3339))
	line("ready     %t", s.Ready.State == "ready")
	line("public    %s", s.Listen)
	if said := s.Settings.sentence(); said != "" {
		line("settings  %s", said)
	}
	for _, note := range s.notes() {
		line("note      %s", note)
	}
	p50, p95, p99 := spans(s.Requests.Latency)
	line("\nrequests  %s, %s in flight, failed %s in the last minute", perSecond(s.Requests.PerSecond),
		number(s.Requests.InFlight), percent(s.Requests.Failed))
	line("latency   p50 %s, p95 %s, p99 %s", p50, p95, p99)
	line("\nservices")
	for _, service := range s.Services {
		line("  %-8s  breaker %-9s  %s  failed %s", plain(service.Name), service.Breaker, perSecond(service.PerSecond),
			percent(service.Failed))
		for _, endpoint := range service.Endpoints {
			line("    %-21s  %-9s  %d in flight", plain(endpoint.Name), endpoint.State, endpoint.InFlight)
		}
	}
	if len(s.Failures) > 0 {
		line("\nlast failures")
	}
	for _, each := range s.Failures[:min(len(s.Failures), 5)] {
		line("  %s  %d %s  %s %s  %s", clock(each.Time), each.Status, each.Code, each.Door, each.Operation, each.RequestID)
	}
	line("\nsee also  %s", strings.Join(links, "  "))
	return page.String()
}
