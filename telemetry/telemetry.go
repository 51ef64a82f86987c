// Package telemetry answers what the gateway is doing: its logger and its metrics registry.
package telemetry
