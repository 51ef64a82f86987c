package document

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheDefaultLimitsAreValid(t *testing.T) {
	DefaultLimits().Validate(func(path, message string) { t.Errorf("%s %s", path, message) })
}

func TestLimitsThatRefuseEverythingAreReportedTogether(t *testing.T) {
	var got []string
	Limits{Bytes: -1, Aliases: -1}.Validate(func(path, _ string) { got = append(got, path) })
	want := []string{"bytes", "tokens", "fields", "depth", "root_fields", "aliases", "nodes"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTheLeastLimitsAdmitAnOperation(t *testing.T) {
	least := Limits{Bytes: 4, Tokens: 4, Fields: 1, Depth: 1, RootFields: 1, Nodes: 2}
	least.Validate(func(path, message string) { t.Errorf("%s %s", path, message) })
	if r := least.checkText("{me}"); r != nil {
		t.Error(r.message)
	}
}
