package status

import "time"

// Snapshot is how the gateway does at one moment. docs/status.md tells of every field.
type Snapshot struct {
	// Time is the moment, and Version the program's.
	Time    time.Time `json:"time"`
	Version string    `json:"version"`
	// Started is when the gateway began; Uptime is in seconds.
	Started time.Time `json:"started"`
	Uptime  int64     `json:"uptime"`
	// Listen is the address of the public listener.
	Listen   string   `json:"listen"`
	Ready    Ready    `json:"ready"`
	Settings Settings `json:"settings"`
	Requests Traffic  `json:"requests"`
	// Doors are the ways in that were used.
	Doors        []Door         `json:"doors"`
	Errors       []Count        `json:"errors"`
	Statuses     []Count        `json:"statuses"`
	Limits       []Limit        `json:"limits"`
	Caches       []Cache        `json:"caches"`
	Services     []Service      `json:"services"`
	ByTime       []Operation    `json:"operations_by_time"`
	ByCost       []Operation    `json:"operations_by_cost"`
	Failures     []Failure      `json:"failures"`
	Refusals     []Failure      `json:"refusals"`
	Redis        []Shared       `json:"redis"`
	Open         []Subscription `json:"subscriptions"`
	Certificates []Certificate  `json:"certificates"`
	Process      Process        `json:"process"`
	Points       []Point        `json:"points"`
}

// Ready says whether requests may be sent here.
type Ready struct {
	// State is starting, ready or draining.
	State string `json:"state"`
	// Notes are what is missing, or does not work now.
	Notes []string `json:"notes"`
}

// Settings are what is in force.
type Settings struct {
	// Version is a short hash of the configuration, and Number how many there were before it, plus one.
	Version string `json:"version,omitempty"`
	Number  int64  `json:"number,omitempty"`
	// Since is when it was taken.
	Since *time.Time `json:"since,omitempty"`
	// Refused is true where a later one was not taken.
	Refused bool `json:"refused"`
}

// Certificate is one that clients are shown.
type Certificate struct {
	// Name is the first host that it is for, and Key its kind of key.
	Name string `json:"name"`
	Key  string `json:"key"`
	// NotAfter is when it ends.
	NotAfter time.Time `json:"not_after"`
}

// Traffic is how much is asked, and how well it is answered. Rates are by the second, shares from 0 to 1, times in seconds.
type Traffic struct {
	PerSecond float64 `json:"per_second"`
	InFlight  float64 `json:"in_flight"`
	Shed      float64 `json:"shed_per_minute"`
	// Failed is the share of the last minute's that the gateway or a service is to blame for; nil where there were none.
	Failed        *float64 `json:"failed_share"`
	FailedQuarter *float64 `json:"failed_share_15m"`
	Latency       *Latency `json:"latency"`
	Quarter       *Latency `json:"latency_15m"`
}

// Latency is how long something took, in seconds.
type Latency struct {
	P50 float64 `json:"p50"`
	P95 float64 `json:"p95"`
	P99 float64 `json:"p99"`
}

// Door is what came in by one door.
type Door struct {
	Traffic

	Name string `json:"name"`
}

// Count is how often something was.
type Count struct {
	// Name is a code, or a door and a status.
	Name    string  `json:"name"`
	Minute  float64 `json:"minute"`
	Quarter float64 `json:"quarter"`
	Total   float64 `json:"total"`
}

// Limit is what one rule decided in the last minute and the last 15 minutes.
type Limit struct {
	Rule           string  `json:"rule"`
	Allowed        float64 `json:"allowed"`
	Limited        float64 `json:"limited"`
	Measured       float64 `json:"measured"`
	LimitedQuarter float64 `json:"limited_15m"`
}

// Cache is how well one kind of cache does.
type Cache struct {
	Name      string  `json:"name"`
	PerSecond float64 `json:"per_second"`
	// Ratio is the share of questions that no service had to answer.
	Ratio        *float64 `json:"ratio"`
	RatioQuarter *float64 `json:"ratio_15m"`
	Bytes        float64  `json:"bytes"`
	Entries      float64  `json:"entries"`
}

// Service is how one service looks from here.
type Service struct {
	Name string `json:"name"`
	// Unusable says why it is not called, and is empty while it is.
	Unusable string `json:"unusable"`
	// Breaker is closed, half_open or open.
	Breaker   string     `json:"breaker"`
	PerSecond float64    `json:"per_second"`
	InFlight  float64    `json:"in_flight"`
	Retries   float64    `json:"retries_per_minute"`
	Failed    *float64   `json:"failed_share"`
	Latency   *Latency   `json:"latency"`
	Endpoints []Endpoint `json:"endpoints"`
}

// Endpoint is one place where a service answers.
type Endpoint struct {
	Name string `json:"name"`
	// State is healthy, unhealthy, ejected or open.
	State     string   `json:"state"`
	PerSecond float64  `json:"per_second"`
	InFlight  int      `json:"in_flight"`
	Failed    *float64 `json:"failed_share"`
	// Latency is about what its next answer will take, in seconds.
	Latency float64 `json:"latency"`
}

// Operation is what one operation or route has taken of late. What is longer ago counts less and less.
type Operation struct {
	Door string `json:"door"`
	Name string `json:"name"`
	// Document begins the hash of the document, where there is one.
	Document string `json:"document,omitempty"`
	// Share is the part of all that was measured, from 0 to 1.
	Share float64 `json:"share"`
	// Count is how often it ran, Failed how often it failed, Mean what one took: seconds or cost.
	Count  float64 `json:"count"`
	Failed float64 `json:"failed"`
	Mean   float64 `json:"mean"`
}

// Failure is a request that failed, or that was refused. It says nothing of who sent it.
type Failure struct {
	Time      time.Time `json:"time"`
	Door      string    `json:"door"`
	Operation string    `json:"operation"`
	Status    int       `json:"status"`
	Code      string    `json:"code"`
	// Services are those of which a call came to nothing.
	Services  []string `json:"services"`
	Seconds   float64  `json:"seconds"`
	RequestID string   `json:"request_id"`
	TraceID   string   `json:"trace_id"`
}

// Shared is something that instances share by Redis.
type Shared struct {
	Name string `json:"name"`
	// Reachable is false while each instance goes by itself.
	Reachable bool `json:"reachable"`
}

// Subscription is how many are told of something by one transport.
type Subscription struct {
	Transport     string  `json:"transport"`
	Connections   float64 `json:"connections"`
	Subscriptions float64 `json:"subscriptions"`
}

// Process is what the program takes of the machine.
type Process struct {
	Memory     float64 `json:"memory_bytes"`
	Heap       float64 `json:"heap_bytes"`
	Goroutines float64 `json:"goroutines"`
	// CPU is how many processors are busy with it, Collections how often the memory was collected in the last minute.
	CPU         float64 `json:"cpu"`
	Collections float64 `json:"collections_per_minute"`
	Files       float64 `json:"open_files"`
	MaxFiles    float64 `json:"max_files"`
	Panics      float64 `json:"panics"`
}

// Point is one point of the charts.
type Point struct {
	Time            time.Time `json:"time"`
	PerSecond       float64   `json:"per_second"`
	ErrorsPerSecond float64   `json:"errors_per_second"`
	Latency         *Latency  `json:"latency"`
}
