// Package middleware holds the wrappers around every request that belong to no concern of their own.
package middleware
