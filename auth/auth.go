// Package auth answers who is calling.
package auth
