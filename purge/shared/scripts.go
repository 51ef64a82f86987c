package shared

import (
	_ "embed"

	"github.com/redis/rueidis"
)

// The scripts. Each begins with what they share.
var (
	//go:embed scripts/order.lua
	orderScript string
	//go:embed scripts/tell.lua
	tellScript string
	//go:embed scripts/look.lua
	lookScript string
)

// scripts are asked by their hash, in one round trip. Redis is told the text again where it does not know it.
type scripts struct{ tell, look *rueidis.Lua }

func newScripts() scripts {
	script := func(text string) *rueidis.Lua { return rueidis.NewLuaScript(orderScript + text) }
	return scripts{script(tellScript), script(lookScript)}
}
