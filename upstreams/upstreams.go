// Package upstreams holds the services behind the gateway: a typed client for each, over one transport.
package upstreams
