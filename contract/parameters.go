package contract

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/concierge-gateway/concierge/contract/openapi"
	"github.com/concierge-gateway/concierge/upstreams/rest"
)

// parameters compares what stands in a call's path and query.
func (c *calls) parameters(name string, sent request, operation openapi.Operation) {
	known := make(map[string]bool)
	for _, parameter := range operation.Parameters() {
		switch parameter.In {
		case "query":
			known[parameter.Name] = true
			c.inQuery(name, sent, parameter)
		case "path":
			c.fits(name+" sends {"+parameter.Name+"}", operation.Value(parameter.Name), parameter, parameter.Schema())
		default:
			if parameter.Required {
				c.addf(name, parameter.String(), "the %s %s is needed, and not sent", parameter.In, parameter.Name)
			}
		}
	}
	for _, parameter := range slices.Sorted(maps.Keys(sent.query)) {
		if !known[parameter] {
			c.addf(name+" sends ?"+parameter, operation.Get("parameters").String(), "there is no parameter of this name")
		}
	}
}

func (c *calls) inQuery(name string, sent request, parameter openapi.Parameter) {
	values, given := sent.query[parameter.Name]
	if !given {
		if parameter.Required {
			c.addf(name, parameter.String(), "the parameter %s is needed, and not sent", parameter.Name)
		}
		return
	}
	ours := name + " sends ?" + parameter.Name
	for _, shape := range parameter.Schema().Shapes {
		if shape.Type == "array" {
			c.list(ours, sent.service, values, parameter, shape)
			return
		}
	}
	isText := func(shape openapi.Shape) bool { return shape.Type == "string" }
	if len(values) > 1 || c.isList(sent.service, values) && !slices.ContainsFunc(parameter.Schema().Shapes, isText) {
		c.addf(c.batch(sent.service, "style")+", by which "+ours, parameter.String(), "it takes one value, and no list")
		return
	}
	if values[0] == strconv.Itoa(c.page+1) {
		ours = fmt.Sprintf("graphql.pages.max: %d, by which %s", c.page, ours)
	}
	c.fits(ours, values[0], parameter, parameter.Schema())
}

// list compares a list of keys: how it is written, how long it can get, and what it holds.
func (c *calls) list(ours, service string, values []string, parameter openapi.Parameter, shape openapi.Shape) {
	commas, repeated := parameter.Joined()
	keys := values
	if c.isList(service, values) {
		keys = strings.Split(values[0], ",")
	}
	switch {
	case len(values) > 1 && !repeated:
		c.addf(c.batch(service, "style")+", by which "+ours, parameter.String(), "it may not be repeated")
	case len(values) == 1 && len(keys) > 1 && !commas:
		c.addf(c.batch(service, "style")+", by which "+ours, parameter.String(), "it takes no list with commas")
	}
	if most, limited := shape.Keyword("maxItems").Scalar().(float64); limited && float64(len(keys)) > most {
		c.addf(c.batch(service, "max")+", by which "+ours, shape.Keyword("maxItems").String(), "it takes at most %v", most)
	}
	c.fits(ours, keys[0], parameter, shape.Item().Schema())
}

// isList reports whether values are one text that holds several keys.
func (c *calls) isList(service string, values []string) bool {
	return c.settings(service).Style == rest.CSV && len(values) == 1 && strings.Contains(values[0], ",")
}

// batch is the place of a setting that says how a service takes many keys, and what it says.
func (c *calls) batch(service, setting string) string {
	said := map[string]any{"style": c.settings(service).Style, "max": c.settings(service).Max}
	return fmt.Sprintf("upstreams.%s.batch.%s: %v", service, setting, said[setting])
}

func (c *calls) settings(service string) rest.Batch {
	for name, settings := range c.config.All() {
		if name == service {
			return settings.REST.Batch
		}
	}
	return rest.Batch{}
}

// fits compares a text in a path or a query with what it may be.
func (c *calls) fits(ours, text string, parameter openapi.Parameter, schema openapi.Schema) {
	var reasons []string
	for _, shape := range schema.Shapes {
		reason := misfit(shape, text)
		if reason == "" {
			return
		}
		reasons = append(reasons, reason)
	}
	for _, reason := range reasons {
		c.addf(ours, parameter.String(), "%s", reason)
	}
}

// misfit says why a text is not of a shape. It is empty where it is.
func misfit(shape openapi.Shape, text string) string {
	values, _ := shape.Enum()
	switch shape.Type {
	case "integer", "number":
		number, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return "it takes " + article(shape.Type)
		}
		return beyond(shape, number)
	case "boolean":
		if text != "true" && text != "false" {
			return "it takes true or false"
		}
	case "string":
		if len(values) > 0 && text != madeUp && !slices.Contains(values, any(text)) {
			return fmt.Sprintf("it does not take %q", text)
		}
	case "array", "object":
		return "it takes " + article(shape.Type)
	}
	return ""
}

// beyond says which bound a number does not keep.
func beyond(shape openapi.Shape, number float64) string {
	least, most := bounds(shape)
	switch {
	case number < least:
		return fmt.Sprintf("%v is sent, and it takes at least %v", number, least)
	case number > most:
		return fmt.Sprintf("%v is sent, and it takes at most %v", number, most)
	}
	return ""
}
