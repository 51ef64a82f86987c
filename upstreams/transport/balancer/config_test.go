package balancer

import (
	"testing"
	"time"
)

func TestTheDefaultsAreValid(t *testing.T) {
	validate(DefaultConfig(), func(path, message string) { t.Errorf("%s %s", path, message) })
}

func TestSettingsThatCannotWorkAreReported(t *testing.T) {
	for name, c := range map[string]struct {
		change func(c *Config)
		want   []string
	}{
		"nothing at all": {func(c *Config) { *c = Config{Breaker: c.Breaker} }, []string{
			"balance.policy", "balance.hash.load", "outlier.success_rate.calls", "outlier.interval", "outlier.ejection_time",
			"health.interval", "health.timeout", "health.healthy", "health.unhealthy", "health.statuses",
		}},
		"an unknown policy":           {func(c *Config) { c.Balance.Policy = "random" }, []string{"balance.policy"}},
		"a hash of nothing":           {func(c *Config) { c.Balance.Policy = ByHash }, []string{"balance.hash"}},
		"a hash of two things":        {func(c *Config) { c.Balance.Policy, c.Balance.Hash = ByHash, Hash{"A", "b", false, 125} }, []string{"balance.hash"}},
		"a hash of one":               {func(c *Config) { c.Balance.Policy, c.Balance.Hash.Principal = ByHash, true }, nil},
		"a hash that is not used":     {func(c *Config) { c.Balance.Hash.Cookie = "session" }, []string{"balance.hash"}},
		"a load below the fair share": {func(c *Config) { c.Balance.Hash.Load = 99 }, []string{"balance.hash.load"}},
		"weights":                     {func(c *Config) { c.Balance.Weights = []int{1, 0, 1001} }, []string{"balance.weights[1]", "balance.weights[2]"}},
		"a start in the past":         {func(c *Config) { c.Balance.SlowStart = -1 }, []string{"balance.slow_start"}},
		"no outliers": {func(c *Config) {
			c.Outlier.ConsecutiveFailures, c.Outlier.SuccessRate.Endpoints, c.Outlier.MaxEjected, c.Outlier.Panic = 0, 0, 0, 0
		}, nil},
		"outliers beyond measure": {func(c *Config) {
			c.Outlier.ConsecutiveFailures, c.Outlier.SuccessRate.Endpoints, c.Outlier.MaxEjected, c.Outlier.Panic = -1, -1, 101, -1
		}, []string{"outlier.consecutive_failures", "outlier.success_rate.endpoints", "outlier.max_ejected", "outlier.panic"}},
		"an ejection longer than the longest": {func(c *Config) { c.Outlier.EjectionTime = time.Hour }, []string{"outlier.max_ejection_time"}},
		"paths":                               {func(c *Config) { c.Health.Path = "/health?deep=1" }, nil},
		"no path":                             {func(c *Config) { c.Health.Path = "health" }, []string{"health.path"}},
		"a URL":                               {func(c *Config) { c.Health.Path = "http://other/health" }, []string{"health.path"}},
		"another host":                        {func(c *Config) { c.Health.Path = "//other/health" }, []string{"health.path"}},
		"a check longer than its interval":    {func(c *Config) { c.Health.Timeout = time.Minute }, []string{"health.timeout"}},
		"a jitter beyond measure":             {func(c *Config) { c.Health.Jitter = 101 }, []string{"health.jitter"}},
		"statuses":                            {func(c *Config) { c.Health.Statuses = []int{200, 100, 200} }, []string{"health.statuses[1]", "health.statuses[2]"}},
		"a breaker":                           {func(c *Config) { c.Breaker.Probes = 0 }, []string{"breaker.probes"}},
	} {
		t.Run(name, func(t *testing.T) {
			config := DefaultConfig()
			c.change(&config)
			var got []string
			validate(config, func(path, _ string) { got = append(got, path) })
			equal(t, "mistakes", got, c.want)
		})
	}
}

func TestThereIsAWeightForEachURLOrNone(t *testing.T) {
	for _, c := range []struct {
		weights []int
		urls    int
		ok      bool
	}{{nil, 3, true}, {[]int{1, 2, 3}, 3, true}, {[]int{1, 2}, 3, false}, {[]int{1}, 0, false}} {
		ok := true
		Balance{Weights: c.weights}.ValidateWeights(c.urls, func(string, string) { ok = false })
		if ok != c.ok {
			t.Errorf("%v for %d urls is valid: %t, want %t", c.weights, c.urls, ok, c.ok)
		}
	}
}

// validate reports the mistakes of all parts, which stand at places of their own in the file.
func validate(c Config, fail func(path, message string)) {
	below := func(parent string) func(path, message string) {
		return func(path, message string) { fail(parent+"."+path, message) }
	}
	c.Balance.Validate(below("balance"))
	c.Outlier.Validate(below("outlier"))
	c.Health.Validate(below("health"))
	c.Breaker.Validate(below("breaker"))
}
