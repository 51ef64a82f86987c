package shared

import (
	_ "embed"

	"github.com/redis/rueidis"
)

// The scripts. Each begins with what they share.
var (
	//go:embed scripts/counter.lua
	counterScript string
	//go:embed scripts/reserve.lua
	reserveScript string
	//go:embed scripts/refund.lua
	refundScript string
	//go:embed scripts/restore.lua
	restoreScript string
	//go:embed scripts/meet.lua
	meetScript string
)

// scripts are asked by their hash, in one round trip. Redis is told the text again where it does not know it.
type scripts struct{ reserve, refund, restore, meet *rueidis.Lua }

func newScripts() scripts {
	script := func(text string) *rueidis.Lua { return rueidis.NewLuaScript(counterScript + text) }
	return scripts{script(reserveScript), script(refundScript), script(restoreScript), script(meetScript)}
}

// names are the keys in Redis.
type names struct{ counter, instances, generation string }

// namesOf places the two keys that one script needs at the same node of a cluster, by the part in braces.
func namesOf(prefix string) names {
	return names{prefix + "ratelimit:", prefix + "{ratelimit}:instances", prefix + "{ratelimit}:generation"}
}
