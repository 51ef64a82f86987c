package tests

import (
	"os"
	"path/filepath"
	"testing"
)

// TestPlansAgree runs operations made by chance in two gateways, one with plans and one without. Their answers, the calls of their
// services and their logs are the same, whoever asks and whatever services answer.
//
// The trials are always the same ones. Others are run by
//
//	PLANS_OPERATIONS=100000 PLANS_SEED=2 go test ./tests -run TestPlansAgree$ -timeout 60m
//
// A trial that differs is made small and printed. Kept as a file in testdata/plans, it is run by TestPlansAgreeAgain from then on.
func TestPlansAgree(t *testing.T) {
	t.Parallel()
	run := startTrials(t)
	number, seed := operationsWanted(t, 3000), numberIn(t, "PLANS_SEED", 1)
	for from := 0; from < number && len(run.found) < 3; from += block {
		run.block(t, seed, from, min(from+block, number))
	}
	t.Logf("%+v", run.trialTally)
	for _, c := range run.found {
		t.Error(run.report(t, c))
	}
	run.wereRunAsTheyShould(t)
	if n := run.Trials; run.Refused*50 > n || run.Open*50 > n {
		t.Errorf("of %d operations that fit the schema %d were refused, and %d have more than one answer: too many", n, run.Refused, run.Open)
	}
}

// operationsWanted is how many operations are run: those of the run with the race detector are a third, and the same ones.
func operationsWanted(t *testing.T, all int) int {
	t.Helper()
	if racing() {
		all /= 3
	}
	return numberIn(t, "PLANS_OPERATIONS", all)
}

// TestPlansAgreeAgain runs what was found before.
func TestPlansAgreeAgain(t *testing.T) {
	files, err := filepath.Glob("testdata/plans/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no trials: %v", err)
	}
	run := startTrials(t)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		c, err := readTrial(string(text))
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		v, err := run.sites[c.site].try(t.Context(), c)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if v.differs {
			t.Errorf("%s: %s", file, v.between())
		}
	}
}
