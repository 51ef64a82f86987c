package status

import (
	"cmp"
	"strconv"
	"strings"
)

// page is the whole document. What changes is all within main.
func page(s Snapshot, links []string) []byte {
	m := new(markup)
	m.raw(`<!doctype html><html lang="en"><head><meta charset="utf-8">`,
		`<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">`,
		`<title>Concierge status</title><link rel="icon" href="status/assets/icon.svg">`,
		`<link rel="stylesheet" href="status/assets/page.css"><script type="module" src="status/assets/page.js"></script></head>`,
		`<body><a class="skip" href="#main">Skip to the numbers</a><header><h1>Concierge status</h1>`,
		`<p id="stream">This page does not change by itself. <a href="">Load it again</a></p>`,
		`<button id="pause" type="button" hidden>Pause</button></header>`)
	m.raw(`<nav aria-label="On this page"><ul>`)
	for _, each := range sections() {
		m.raw(`<li><a href="#`, each.id, `">`, each.heading, "</a></li>")
	}
	m.raw(`</ul></nav><main id="main" tabindex="-1">`)
	m.text = append(m.text, body(s)...)
	m.raw(`</main><footer><nav aria-label="Other pages"><ul>`)
	for _, link := range links {
		m.raw(`<li><a href="`)
		m.say(strings.TrimPrefix(link, "/"))
		m.raw(`">`)
		m.say(link)
		m.raw("</a></li>")
	}
	m.raw("</ul></nav></footer></body></html>\n")
	return m.text
}

// part is one section of the page.
type part struct {
	id, heading literal
	inside      func(*markup, Snapshot)
}

func sections() []part {
	return []part{
		{"overview", "Overview", overview},
		{"traffic", "Traffic", traffic},
		{"services", "Services", servicesPart},
		{"operations", "Operations", operationsPart},
		{"failures", "Failures", failuresPart},
		{"limits", "Limits", limitsPart},
		{"caches", "Caches", cachesPart},
		{"instance", "Instance", instance},
	}
}

// body is what is within main.
func body(s Snapshot) []byte {
	m := new(markup)
	for _, each := range sections() {
		m.section(each.id, each.heading, func() { each.inside(m, s) })
	}
	return m.text
}

func overview(m *markup, s Snapshot) {
	m.raw(`<p role="status" class="state `, looks(s.Ready.State), `"><strong>`)
	m.say(s.Ready.State)
	m.raw("</strong> ")
	m.say(strings.Join(s.notes(), "; "))
	m.raw(`</p><dl class="tiles">`)
	p50, p95, p99 := spans(s.Requests.Latency)
	m.tile("Requests", perSecond(s.Requests.PerSecond))
	m.tile("Failed, last minute", percent(s.Requests.Failed))
	m.tile("p50", p50)
	m.tile("p95", p95)
	m.tile("p99", p99)
	m.tile("In flight", number(s.Requests.InFlight))
	m.tile("Over a limit, last minute", number(s.limited()))
	m.tile("Cache ratio", percent(s.ratio()))
	m.raw("</dl><p>Version ")
	m.element("bdi", "", s.Version)
	m.raw(", up ")
	m.say(age(s.Time.Sub(s.Started)) + ", since " + day(s.Started) + ". As of " + clock(s.Time) + " UTC. ")
	m.say(s.Settings.sentence())
	m.raw("</p>")
}

// notes are what is not as it should be.
func (s Snapshot) notes() []string {
	notes := append([]string(nil), s.Ready.Notes...)
	for _, each := range s.Services {
		if each.Unusable != "" {
			notes = append(notes, "the "+each.Name+" service is not called: "+each.Unusable)
		}
	}
	for _, each := range s.Redis {
		if !each.Reachable {
			notes = append(notes, each.Name+" are not shared now")
		}
	}
	return notes
}

func (s Snapshot) limited() float64 {
	var sum float64
	for _, each := range s.Limits {
		sum += each.Limited
	}
	return sum
}

// ratio is the cache ratio of all caches together, by how much they are asked.
func (s Snapshot) ratio() *float64 {
	var answered, asked float64
	for _, each := range s.Caches {
		if each.Ratio != nil {
			weight := max(each.PerSecond, 0.001)
			answered += *each.Ratio * weight
			asked += weight
		}
	}
	return share(answered, asked)
}

func (c Settings) sentence() string {
	if c.Version == "" {
		return ""
	}
	text := "Configuration " + c.Version
	if c.Number > 0 {
		text += ", number " + strconv.FormatInt(c.Number, 10)
	}
	if c.Since != nil {
		text += ", since " + day(*c.Since)
	}
	if c.Refused {
		text += "; a later one was refused"
	}
	return text + "."
}

func (m *markup) tile(name literal, value string) {
	m.raw("<div><dt>", name, "</dt><dd>")
	m.say(value)
	m.raw("</dd></div>")
}

// looks is the class of a state. The word itself stands beside the colour.
func looks(state string) literal {
	switch state {
	case "ready", "healthy", "closed", "reachable":
		return "good"
	case "starting", "half_open", "draining", "ejected":
		return "fair"
	default:
		return "bad"
	}
}

func stateCell(state string) cell { return cell{words(state), looks(state)} }

func traffic(m *markup, s Snapshot) {
	m.raw(`<div class="charts">`)
	m.chart("Requests", perSecond, s.Time, s.Points,
		curve{"requests", "a", func(p Point) (float64, bool) { return p.PerSecond, true }})
	m.chart("Errors", perSecond, s.Time, s.Points,
		curve{"errors", "c", func(p Point) (float64, bool) { return p.ErrorsPerSecond, true }})
	m.chart("Latency", span, s.Time, s.Points,
		percentile("p50", "a", func(l Latency) float64 { return l.P50 }),
		percentile("p95", "b", func(l Latency) float64 { return l.P95 }),
		percentile("p99", "c", func(l Latency) float64 { return l.P99 }))
	m.raw("</div>")
	rows := make([][]cell, 0, len(s.Doors))
	for _, d := range s.Doors {
		p50, p95, p99 := spans(d.Latency)
		_, _, longer := spans(d.Quarter)
		rows = append(rows, of(d.Name, number(d.PerSecond), number(d.InFlight), percent(d.Failed), percent(d.FailedQuarter),
			p50, p95, p99, longer, number(d.Shed)))
	}
	m.table("Requests by door. Failed and percentiles are of the last minute, unless they say otherwise.", "Nothing was asked yet.",
		[]column{
			{"door", false},
			{"per second", true},
			{"in flight", true},
			{"failed", true},
			{"failed, 15 min", true},
			{"p50", true},
			{"p95", true},
			{"p99", true},
			{"p99, 15 min", true},
			{"turned away", true},
		}, rows)
}

func servicesPart(m *markup, s Snapshot) {
	rows := make([][]cell, 0, len(s.Services))
	var places [][]cell
	for _, each := range s.Services {
		p50, p95, p99 := spans(each.Latency)
		row := of(each.Name, "", "", number(each.PerSecond), number(each.InFlight), percent(each.Failed), p50, p95, p99,
			number(each.Retries))
		row[1], row[2] = cell{"called", "good"}, stateCell(each.Breaker)
		if each.Unusable != "" {
			row[1] = cell{each.Unusable, "bad"}
		}
		rows = append(rows, row)
		for _, e := range each.Endpoints {
			place := of(each.Name+" "+e.Name, "", number(e.PerSecond), strconv.Itoa(e.InFlight), percent(e.Failed), span(e.Latency))
			place[1] = stateCell(e.State)
			places = append(places, place)
		}
	}
	m.table("Services. Failed, percentiles and retries are of the last minute.", "There are no services.", []column{
		{"service", false},
		{"state", false},
		{"breaker", false},
		{"per second", true},
		{"in flight", true},
		{"failed", true},
		{"p50", true},
		{"p95", true},
		{"p99", true},
		{"retries", true},
	}, rows)
	m.table("Endpoints of services", "There are no endpoints.", []column{
		{"endpoint", false}, {"state", false}, {"per second", true}, {"in flight", true}, {"failed", true}, {"next takes", true},
	}, places)
}

func operationsPart(m *markup, s Snapshot) {
	m.operations("By time. What is longer ago counts less; half of it after 5 minutes.", "No operation ran of late.", "one takes",
		s.ByTime, span)
	m.operations("By cost, by the weights of the schema", "No operation with a cost ran of late.", "one costs", s.ByCost, number)
}

func (m *markup) operations(caption, none, mean literal, list []Operation, unit func(float64) string) {
	rows := make([][]cell, 0, len(list))
	for _, each := range list {
		rows = append(rows, of(cmp.Or(each.Name, "(no name)"), each.Door, cmp.Or(each.Document, nothing), percent(&each.Share),
			unit(each.Mean), number(each.Count), number(each.Failed)))
	}
	m.table(caption, none, []column{
		{"operation", false}, {"door", false}, {"document", false}, {"share", true}, {mean, true}, {"ran", true}, {"failed", true},
	}, rows)
}

func failuresPart(m *markup, s Snapshot) {
	m.counts("Errors within GraphQL answers", "There was no error within an answer.", "code", s.Errors)
	m.counts("Answers that were no success", "No answer had a status of 400 or more.", "door and status", s.Statuses)
	m.requests("The last requests that failed", "No request has failed.", s.Failures)
	m.requests("The last requests that were refused, by callers' own doing", "No request was refused.", s.Refusals)
}

func (m *markup) counts(caption, none, name literal, list []Count) {
	rows := make([][]cell, 0, len(list))
	for _, each := range list {
		rows = append(rows, of(each.Name, number(each.Minute), number(each.Quarter), number(each.Total)))
	}
	m.table(caption, none, []column{{name, false}, {"last minute", true}, {"15 min", true}, {"since the start", true}}, rows)
}

func (m *markup) requests(caption, none literal, list []Failure) {
	rows := make([][]cell, 0, len(list))
	for _, each := range list {
		row := of(clock(each.Time), cmp.Or(each.Operation, nothing), each.Door, strconv.Itoa(each.Status),
			cmp.Or(each.Code, nothing), cmp.Or(strings.Join(each.Services, ", "), nothing), span(each.Seconds),
			cmp.Or(each.RequestID, nothing), cmp.Or(each.TraceID, nothing))
		for _, i := range [...]int{1, 4, 7, 8} {
			row[i].class = "long"
		}
		rows = append(rows, row)
	}
	m.table(caption, none, []column{
		{"time, UTC", false},
		{"operation or route", false},
		{"door", false},
		{"status", true},
		{"code", false},
		{"failed services", false},
		{"took", true},
		{"request id", false},
		{"trace id", false},
	}, rows)
}

func limitsPart(m *markup, s Snapshot) {
	rows := make([][]cell, 0, len(s.Limits))
	for _, each := range s.Limits {
		rows = append(rows, of(each.Rule, number(each.Allowed), number(each.Limited), number(each.LimitedQuarter),
			number(each.Measured)))
	}
	m.table("What rules decided in the last minute", "No limit has decided anything.", []column{
		{"rule", false}, {"allowed", true}, {"refused", true}, {"refused, 15 min", true}, {"would have refused", true},
	}, rows)
}

func cachesPart(m *markup, s Snapshot) {
	rows := make([][]cell, 0, len(s.Caches))
	for _, each := range s.Caches {
		rows = append(rows, of(each.Name, number(each.PerSecond), percent(each.Ratio), percent(each.RatioQuarter),
			number(each.Entries), size(each.Bytes)))
	}
	m.table("Caches. The ratio is the share of questions that no service had to answer.", "Nothing is kept.", []column{
		{"cache", false},
		{"asked per second", true},
		{"ratio, last minute", true},
		{"ratio, 15 min", true},
		{"entries", true},
		{"memory", true},
	}, rows)
}

func instance(m *markup, s Snapshot) {
	p := s.Process
	m.raw(`<dl class="tiles">`)
	m.tile("Memory", size(p.Memory))
	m.tile("Heap", size(p.Heap))
	m.tile("Processors busy", number(p.CPU))
	m.tile("Goroutines", number(p.Goroutines))
	m.tile("Collections per minute", number(p.Collections))
	m.tile("Open files", number(p.Files)+" of "+number(p.MaxFiles))
	m.tile("Panics", number(p.Panics))
	m.raw("</dl>")
	shared := make([][]cell, 0, len(s.Redis))
	for _, each := range s.Redis {
		state := cell{"shared", "good"}
		if !each.Reachable {
			state = cell{"Redis cannot be reached", "bad"}
		}
		shared = append(shared, []cell{{text: each.Name}, state})
	}
	m.table("What instances share by Redis", "Nothing is shared with other instances.", []column{{"what", false}, {"state", false}},
		shared)
	open := make([][]cell, 0, len(s.Open))
	for _, each := range s.Open {
		open = append(open, of(each.Transport, number(each.Connections), number(each.Subscriptions)))
	}
	m.table("Subscriptions", "Nobody can subscribe.", []column{{"transport", false}, {"connections", true}, {"subscriptions", true}},
		open)
	m.certificates(s)
}

func (m *markup) certificates(s Snapshot) {
	rows := make([][]cell, 0, len(s.Certificates))
	for _, each := range s.Certificates {
		left := each.NotAfter.Sub(s.Time)
		end := cell{"in " + age(left), "good"}
		switch {
		case left <= 0:
			end = cell{"has ended", "bad"}
		case left < soon:
			end.class = "fair"
		}
		rows = append(rows, []cell{{text: each.Name}, {text: each.Key}, {text: day(each.NotAfter)}, end})
	}
	m.table("Certificates that clients are shown", "Clients are shown no certificate.",
		[]column{{"for", false}, {"key", false}, {"until", false}, {"ends", false}}, rows)
}
