// Package user is the user service: its record, as the gateway reads it, and its calls.
package user

import (
	"time"

	"github.com/concierge-gateway/concierge/upstreams/record"
)

// User is the service's record, as far as the schema shows it. What is not declared here is never decoded.
type User struct {
	ID        record.ID       `json:"id"`
	Name      string          `json:"name"`
	Username  string          `json:"username"`
	Email     *string         `json:"email"`
	Phone     *string         `json:"phone"`
	Role      UserRole        `json:"role"`
	Status    UserStatus      `json:"status"`
	Address   *record.Address `json:"address"`
	CreatedAt time.Time       `json:"created_at"`
	UpdatedAt time.Time       `json:"updated_at"`
}

// UserRole is what a user does here.
type UserRole string

// The roles of the schema.
const (
	Customer UserRole = "CUSTOMER"
	Support  UserRole = "SUPPORT"
	Admin    UserRole = "ADMIN"
)

// UnmarshalText reads the service's value; one that the schema does not know is UNKNOWN.
func (r *UserRole) UnmarshalText(text []byte) error {
	*r = record.EnumOf(text, Customer, Support, Admin)
	return nil
}

// UserStatus is whether an account can be used.
type UserStatus string

// The statuses of the schema.
const (
	Active    UserStatus = "ACTIVE"
	Suspended UserStatus = "SUSPENDED"
)

// UnmarshalText reads the service's value; one that the schema does not know is UNKNOWN.
func (s *UserStatus) UnmarshalText(text []byte) error {
	*s = record.EnumOf(text, Active, Suspended)
	return nil
}
