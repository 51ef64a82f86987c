// What the program is made of: a module of its own, so that what reads licences is no dependency of the program.
module github.com/concierge-gateway/concierge/tools/inventory

go 1.26.8

require (
	github.com/CycloneDX/cyclonedx-go v0.11.0
	github.com/google/licensecheck v0.3.1
)
