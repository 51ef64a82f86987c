package mcp

import (
	"context"
	"fmt"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/concierge-gateway/concierge/mcp/tool"
	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/problem"
)

// call calls a tool. What is wrong with the arguments, or with what they led to, is a result, so that a model can do better. A
// tool that the caller may not use is as unknown as one that there is not.
func (d *Door) call(ctx context.Context, request *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	by := exchangeOf(ctx)
	ctx = by.r.Context()
	params := request.Params
	program := new(mcp.Implementation)
	if said := request.ClientInfo(); said != nil {
		program = said
	}
	client := d.parts.Client(by.r, params.Name, program.Name)
	what, err := d.find(ctx, params)
	if what == nil {
		d.metrics.unknown()
		return nil, invalid(fmt.Sprintf("there is no tool %.64q", params.Name))
	}
	middleware.RecordFrom(ctx).SetRoute(Path + " " + params.Name)
	var answer Answer
	if err == nil {
		answer = d.parts.Run(by.header, by.r, *what)
	} else {
		middleware.RecordFrom(ctx).AddError(problem.KindOf(err))
		answer = refused(err)
	}
	result, outcome := d.result(answer)
	d.metrics.called(what.Tool, client, outcome)
	return result, nil
}

// find is what a call stands for: nil where there is nothing of that name for its caller. The error is a problem with the
// arguments.
func (d *Door) find(ctx context.Context, params *mcp.CallToolParamsRaw) (*Call, error) {
	if found, ok := d.parts.Tools().Find(params.Name); ok {
		if !d.parts.Sees(ctx, found) {
			d.parts.Hidden(ctx)
			return nil, nil //nolint:nilnil // said above
		}
		return operationOf(found, params.Arguments)
	}
	if params.Name == tool.AnyQuery && d.mayQuery(ctx) {
		return queryOf(params.Arguments)
	}
	return nil, nil //nolint:nilnil // said above
}

func operationOf(t *tool.Tool, arguments []byte) (*Call, error) {
	values, err := t.Variables(arguments)
	return &Call{Tool: t.Name, Trusted: true, Text: t.Text, Operation: t.Operation, Variables: values}, err
}

// refused is the answer to a call that did not run.
func refused(err error) Answer {
	return Answer{Errors: gqlerror.List{problem.Present(err, "")}}
}
