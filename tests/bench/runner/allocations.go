package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// allocations are what a Go program has allocated since it started.
type allocations struct{ objects, bytes float64 }

// How Prometheus' client library names them.
const (
	metricObjects = "go_memstats_mallocs_total"
	metricBytes   = "go_memstats_alloc_bytes_total"
)

// allocated asks Concierge's metrics. Other peers do not tell, so nothing is known of them.
func (s *server) allocated(ctx context.Context) (*allocations, error) {
	if !s.isConcierge() {
		return nil, nil
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.admin+"/metrics", http.NoBody)
	if err != nil {
		return nil, err
	}
	res, err := new(http.Client).Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, errors.New("the metrics answer " + res.Status)
	}
	return readAllocations(res.Body)
}

// readAllocations finds the two among metrics as Prometheus reads them.
func readAllocations(metrics io.Reader) (*allocations, error) {
	var found allocations
	wanted := map[string]*float64{metricObjects: &found.objects, metricBytes: &found.bytes}
	lines := bufio.NewScanner(metrics)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		into := wanted[name]
		if into == nil {
			continue
		}
		var err error
		if *into, err = strconv.ParseFloat(value, 64); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		delete(wanted, name)
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(wanted) > 0 {
		return nil, fmt.Errorf("neither %s nor %s may be missing among the metrics", metricObjects, metricBytes)
	}
	return &found, nil
}
