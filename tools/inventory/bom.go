package main

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"

	"github.com/CycloneDX/cyclonedx-go"
)

// writeBOM writes the bill of materials. It holds no number or time of its own, so a build of one commit has one bill.
func (i inventory) writeBOM(file string) (err error) {
	said, err := exec.Command("tools/version.sh").Output()
	if err != nil {
		return fmt.Errorf("read the version: %w", err)
	}
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	defer func() {
		if closed := out.Close(); err == nil {
			err = closed
		}
	}()
	return cyclonedx.NewBOMEncoder(out, cyclonedx.BOMFileFormatJSON).SetPretty(true).SetEscapeHTML(false).
		EncodeVersion(i.bom(strings.Fields(string(said))), cyclonedx.SpecVersion1_6)
}

// bom is the bill of a version, which has a commit and its date where they are known.
func (i inventory) bom(version []string) *cyclonedx.BOM {
	program := cyclonedx.Component{
		Type: cyclonedx.ComponentTypeApplication, Name: i.build.module, Version: version[0],
		PackageURL: part{name: i.build.module, version: version[0], kind: goModule}.url(),
		Licenses:   licenses([]string{"Apache-2.0"}),
	}
	program.BOMRef = program.PackageURL
	bom := cyclonedx.NewBOM()
	bom.Metadata = &cyclonedx.Metadata{Component: &program}
	if len(version) == 3 {
		bom.Metadata.Timestamp = version[2]
	}
	components, refs := make([]cyclonedx.Component, 0, len(i.parts())), make([]string, 0, len(i.parts()))
	for _, p := range i.parts() {
		components, refs = append(components, p.component()), append(refs, p.url())
	}
	bom.Components = &components
	bom.Dependencies = &[]cyclonedx.Dependency{{Ref: program.BOMRef, Dependencies: &refs}}
	return bom
}

func (p part) component() cyclonedx.Component {
	c := cyclonedx.Component{
		BOMRef: p.url(), Type: cyclonedx.ComponentTypeLibrary, Name: p.name, Version: p.version, PackageURL: p.url(),
		Licenses: licenses(p.ids), Scope: cyclonedx.ScopeRequired,
	}
	if p.sum != "" { // not a hash of a file, so it may not stand among the hashes
		c.Properties = &[]cyclonedx.Property{{Name: "go.sum", Value: p.sum}}
	}
	return c
}

func licenses(ids []string) *cyclonedx.Licenses {
	var all cyclonedx.Licenses
	for _, id := range ids {
		if strings.Contains(id, " ") {
			return &cyclonedx.Licenses{{Expression: id}}
		}
		all = append(all, cyclonedx.LicenseChoice{License: &cyclonedx.License{ID: id}})
	}
	return &all
}

// escaped is a name or a version as it stands in a package URL. There, @ parts the two, and + may be read as a space.
func escaped(text string) string {
	segments := strings.Split(text, "/")
	for i, segment := range segments {
		segments[i] = strings.NewReplacer("@", "%40", "+", "%2B").Replace(url.PathEscape(segment))
	}
	return strings.Join(segments, "/")
}
