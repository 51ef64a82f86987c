// Concierge is a GraphQL gateway over REST services. This file is the command: flags, configuration, listening, draining.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/auth/apikey"
	"github.com/concierge-gateway/concierge/auth/resource"
	"github.com/concierge-gateway/concierge/collector"
	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/contract"
	"github.com/concierge-gateway/concierge/demo"
	"github.com/concierge-gateway/concierge/gateway"
	"github.com/concierge-gateway/concierge/licenses"
	"github.com/concierge-gateway/concierge/mcp"
	"github.com/concierge-gateway/concierge/mcp/bridge"
	"github.com/concierge-gateway/concierge/secret"
	"github.com/concierge-gateway/concierge/systemd"
	"github.com/concierge-gateway/concierge/telemetry"
	"github.com/concierge-gateway/concierge/web"
)

func main() {
	collector.SampleLess(os.LookupEnv)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends a drain at once
	code := run(ctx, os.Args[1:], environment{
		getenv: os.LookupEnv, stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
	})
	stop()
	os.Exit(code)
}

// environment is what a command meets outside the program.
type environment struct {
	getenv func(string) (string, bool)
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
}

// The exit codes: what was asked for failed, or was not understood.
const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2
)

// errUsage is a command line that was not understood. What is wrong with it has been printed.
var errUsage = errors.New("usage")

// command is a word of the command line.
type command struct {
	name    string
	summary string
	run     func(ctx context.Context, args []string, env environment) error
}

func commands() []command {
	return []command{
		{"demo", "run the gateway with sample services, and nothing else needed", runDemo},
		{"samples", "run the sample services alone, for a gateway elsewhere", runSamples},
		{"serve", "run the gateway", runServe},
		{"mcp", "let a model agent on this machine call the gateway's tools, over stdin and stdout", runMCP},
		{"check", "list every mistake in a configuration, and every disagreement with the services' contracts", runCheck},
		{"token", "print a development token", runToken},
		{"key", "make an API key, and print it with its entry for the configuration", runKey},
		{"version", "print the version, and what it was built from", runVersion},
		{"health", "ask a running gateway whether it is ready, for an image that has no other program", runHealth},
		{"licenses", "print the licences of what others have made of the program", runLicenses},
	}
}

func run(ctx context.Context, args []string, env environment) int {
	if len(args) == 0 {
		usage(env.stderr)
		return exitUsage
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		usage(env.stdout)
		return exitOK
	}
	for _, c := range commands() {
		if c.name == args[0] {
			return exitCode(c.run(ctx, args[1:], env), env)
		}
	}
	fmt.Fprintf(env.stderr, "concierge: there is no command %q\n\n", args[0])
	usage(env.stderr)
	return exitUsage
}

func exitCode(err error, env environment) int {
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return exitOK
	case errors.Is(err, errUsage):
		return exitUsage
	}
	_, mistaken := errors.AsType[config.Mistakes](err)
	_, disagrees := errors.AsType[contract.Findings](err)
	if mistaken || disagrees {
		fmt.Fprintln(env.stderr, err) // a line each, with its own place
		return exitFailure
	}
	fmt.Fprintf(env.stderr, "concierge: %v\n", err)
	return exitFailure
}

func usage(w io.Writer) {
	fmt.Fprint(w, "Concierge is a GraphQL gateway over REST services.\n\nUsage: concierge COMMAND [flags]\n\nCommands:\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-9s%s\n", c.name, c.summary)
	}
	fmt.Fprint(w, "\nEach command explains its flags with --help.\n")
}

// parse reads a command's flags. The flag package prints mistakes and help itself.
func parse(flags *flag.FlagSet, args []string, env environment) error {
	flags.SetOutput(env.stderr)
	for _, arg := range args {
		if arg == "-h" || arg == "-help" || arg == "--help" {
			flags.SetOutput(env.stdout) // help that was asked for is no error
		}
	}
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return err
	case err != nil:
		return errUsage
	case flags.NArg() > 0:
		fmt.Fprintf(env.stderr, "concierge %s takes no argument such as %q\n", flags.Name(), flags.Arg(0))
		return errUsage
	}
	return nil
}

func runServe(ctx context.Context, args []string, env environment) error {
	signal.Ignore(syscall.SIGPIPE)     // that nobody reads the log any more is no reason to leave requests unanswered
	hangups := make(chan os.Signal, 1) // one that waits stands for all that came meanwhile
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	from := originFlags(flags, "the configuration `file` (needed)")
	if err := parse(flags, args, env); err != nil {
		return err
	}
	source, err := from.source(flags, env)
	if err != nil {
		return err
	}
	c, err := source.Load()
	if err != nil {
		return err
	}
	log, end := newLog(c, env)
	defer end()
	g, err := gateway.New(c, web.Settings{Endpoint: "/graphql"}, log)
	if err != nil {
		return err
	}
	g.Manager = systemd.New(env.getenv, os.Getpid())
	following, stop := context.WithCancel(ctx)
	var follower sync.WaitGroup
	follower.Go(func() { g.Follow(following, source, hangups) })
	defer follower.Wait()
	defer stop()
	return g.Serve(ctx)
}

func runMCP(ctx context.Context, args []string, env environment) error {
	signal.Ignore(syscall.SIGPIPE) // a client that reads no more is told of by an error, and what runs here has to end
	flags := flag.NewFlagSet("mcp", flag.ContinueOnError)
	from := originFlags(flags, "run the gateway of this configuration `file` in here, without listening")
	url := flags.String("url", "", "ask a running gateway at this `address`, such as https://api.example.com/mcp")
	who := callerFlags(flags)
	if err := parse(flags, args, env); err != nil {
		return err
	}
	switch {
	case (*url == "") == (*from.file == ""):
		fmt.Fprintln(env.stderr, "concierge mcp needs --config FILE to run a gateway, or --url ADDRESS to ask one that runs")
		return errUsage
	case *url == "":
		return runMCPWithin(ctx, flags, from, who, env)
	}
	if mistake := resource.Mistake(*url); mistake != "" { // a credential goes there
		fmt.Fprintf(env.stderr, "concierge mcp: --url %s\n", mistake)
		return errUsage
	}
	credential, err := who.credential(env, apikey.DefaultConfig().Header)
	if err != nil {
		return err
	}
	door := bridge.Door{URL: *url, Credential: credential}
	return bridge.Run(ctx, door, telemetry.Version(), env.stdin, env.stdout)
}

// runMCPWithin bridges to a gateway in this process, which follows its configuration as one that serves does.
func runMCPWithin(ctx context.Context, flags *flag.FlagSet, from origin, who caller, env environment) error {
	source, err := from.source(flags, env)
	if err != nil {
		return err
	}
	c, err := source.Load()
	if err != nil {
		return err
	}
	if !c.MCP.Enabled {
		return fmt.Errorf("%s has no tools for model agents: mcp.enabled is not true", *from.file)
	}
	credential, err := who.credential(env, c.Auth.APIKeys.Header)
	if err != nil {
		return err
	}
	log, end := newLog(c, env)
	defer end()
	g, err := gateway.New(c, web.Settings{}, log)
	if err != nil {
		return err
	}
	return g.Within(ctx, func(ctx context.Context) error {
		following, stop := context.WithCancel(ctx)
		var follower sync.WaitGroup
		follower.Go(func() { g.Follow(following, source, nil) })
		defer follower.Wait()
		defer stop()
		door := bridge.Door{URL: "http://localhost" + mcp.Path, Credential: credential, Transport: bridge.Within{Handler: g.Public}}
		return bridge.Run(ctx, door, telemetry.Version(), env.stdin, env.stdout)
	})
}

// caller says where a credential is found: in the environment, since everybody on a machine can read the arguments of its
// programs.
type caller struct{ token, key *string }

func callerFlags(flags *flag.FlagSet) caller {
	return caller{
		token: flags.String("token-env", "CONCIERGE_TOKEN", "the `variable` of the environment with the token of whoever calls"),
		key:   flags.String("key-env", "CONCIERGE_API_KEY", "the `variable` of the environment with an API key, instead of a token"),
	}
}

// credential names the caller, or nobody. Which of two credentials is meant is not for us to say.
func (c caller) credential(env environment, keyField string) (bridge.Credential, error) {
	token, _ := env.getenv(*c.token)
	key, _ := env.getenv(*c.key)
	switch {
	case token != "" && key != "":
		return bridge.Credential{}, fmt.Errorf("%s and %s both hold a credential: unset one", *c.token, *c.key)
	case token != "":
		return bridge.Credential{Field: "Authorization", Value: secret.Text("Bearer " + token), Source: *c.token}, nil
	case key != "":
		return bridge.Credential{Field: keyField, Value: secret.Text(key), Source: *c.key}, nil
	default:
		return bridge.Credential{Source: *c.token + " or " + *c.key}, nil
	}
}

// origin is where a configuration is read from.
type origin struct{ file, secrets *string }

func originFlags(flags *flag.FlagSet, what string) origin {
	return origin{
		file: flags.String("config", "", what),
		secrets: flags.String("secrets", "", "the `folder` with a file for each ${secret:NAME} of the configuration, instead of "+
			config.CredentialsVariable+" of the environment"),
	}
}

// source reads the configuration, with its variables.
func (o origin) source(flags *flag.FlagSet, env environment) (*config.Source, error) {
	if *o.file == "" {
		fmt.Fprintf(env.stderr, "concierge %s needs --config FILE; gateway.example.yml shows every setting\n", flags.Name())
		return nil, errUsage
	}
	folder, _ := env.getenv(config.CredentialsVariable)
	variables := config.Variables{Getenv: env.getenv, Secrets: cmp.Or(*o.secrets, folder)}
	return config.NewSource(*o.file, variables, gateway.Check), nil
}

func runCheck(ctx context.Context, args []string, env environment) error {
	flags := flag.NewFlagSet("check", flag.ContinueOnError)
	from := originFlags(flags, "the configuration `file` (needed)")
	show := flags.Bool("print", false, "also print every setting that would be in force, secrets apart")
	var operations []string
	flags.Func("operations", "also tell how each operation of a `file`, folder or manifest is executed; may be given several times",
		func(name string) error {
			operations = append(operations, name)
			return nil
		})
	evolution := evolutionFlags(flags)
	live := flags.Bool("live", false, "also ask each service for a record, and say which members are not as its contract has them")
	if err := parse(flags, args, env); err != nil {
		return err
	}
	c, err := from.load(flags, env)
	if err != nil {
		return err
	}
	g, err := gateway.New(c, web.Settings{}, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	g.Close()
	if err := contract.Check(ctx, c.Upstreams, c.GraphQL.Pages.Max); err != nil {
		return err
	}
	if *live {
		seen, err := contract.Live(ctx, c.Upstreams)
		if err != nil {
			return err
		}
		fmt.Fprintln(env.stderr, strings.Join(seen, "\n"))
	}
	if err := evolution.check(g, operations, env); err != nil {
		return err
	}
	if err := checkOperations(g, operations, env); err != nil {
		return err
	}
	fmt.Fprint(env.stderr, g.RouteTable())
	if *show {
		settings, err := c.YAML()
		if err != nil {
			return fmt.Errorf("print settings: %w", err)
		}
		_, err = env.stdout.Write(settings)
		return err
	}
	fmt.Fprintf(env.stdout, "%s has no mistakes\n", *from.file)
	return nil
}

// evolution is what check is told of an old schema.
type evolution struct {
	gateway.Evolution

	unusedOK bool
	strict   bool
}

func evolutionFlags(flags *flag.FlagSet) *evolution {
	e := new(evolution)
	flags.StringVar(&e.Against, "against", "", "also tell what has changed since the schema of a `file` or folder, and fail if "+
		"that breaks clients; with --operations, whose")
	flags.Func("usage", "with --against: a `file` with what clients use, as /usage/fields of the admin listener answers; may be "+
		"given several times", func(name string) error {
		e.Usage = append(e.Usage, name)
		return nil
	})
	flags.BoolVar(&e.unusedOK, "unused-ok", false, "with --against: do not fail for what no known operation or client uses")
	flags.BoolVar(&e.strict, "strict", false, "with --against: also fail for dangerous changes")
	return e
}

// check prints what has changed since an old schema, if there is one. The error is that clients break.
func (e *evolution) check(g *gateway.Gateway, operations []string, env environment) error {
	e.Operations = operations
	switch {
	case e.Against == "" && (len(e.Usage) > 0 || e.unusedOK || e.strict):
		fmt.Fprintln(env.stderr, "concierge check needs --against SCHEMA beside --usage, --unused-ok and --strict")
		return errUsage
	case e.unusedOK && len(e.Usage)+len(operations) == 0:
		fmt.Fprintln(env.stderr, "concierge check needs --operations or --usage beside --unused-ok, to know what is used")
		return errUsage
	case e.Against == "":
		return nil
	}
	report, err := g.Evolve(e.Evolution)
	if err != nil {
		return err
	}
	fmt.Fprint(env.stdout, report.Text())
	return report.Verdict(e.unusedOK, e.strict)
}

// checkOperations prints how operations are executed or, where none are given, which fields keep them from being planned.
func checkOperations(g *gateway.Gateway, files []string, env environment) error {
	if len(files) == 0 {
		for _, field := range g.Unplanned() {
			fmt.Fprintf(env.stderr, "note: operations with %s are not planned: %s\n", field.Field, field.Why)
		}
		return nil
	}
	var mistakes config.Mistakes
	for _, file := range files {
		operations, err := g.Explain(file)
		wrong, mistaken := errors.AsType[config.Mistakes](err)
		if err != nil && !mistaken {
			return err
		}
		mistakes = append(mistakes, wrong...)
		for _, each := range operations {
			fmt.Fprintf(env.stdout, "%s:%d: %s\n\n%s\n", each.File, each.Line, each.Title(), each.Text())
		}
	}
	if len(mistakes) > 0 {
		return mistakes
	}
	return nil
}

// newLog is the program's log, and what ends it: what waits is written then. What Go's own packages print goes there too.
func newLog(c config.Config, env environment) (log *slog.Logger, end func()) {
	log, end = telemetry.Open(c.Log, env.stderr)
	slog.SetDefault(telemetry.Standard(log))
	collector.Tune(env.getenv, log)
	return log, end
}

func (o origin) load(flags *flag.FlagSet, env environment) (config.Config, error) {
	source, err := o.source(flags, env)
	if err != nil {
		return config.Config{}, err
	}
	return source.Load()
}

func runToken(_ context.Context, args []string, env environment) error {
	flags := flag.NewFlagSet("token", flag.ContinueOnError)
	subject := flags.String("sub", "", "the `id` of the user whom the token names (needed)")
	scope := flags.String("scope", "", "the scopes that the token carries, separated by `spaces`")
	lifetime := flags.Duration("lifetime", 24*time.Hour, "how long the token is good for")
	from := originFlags(flags, "sign for the gateway of this configuration `file` instead of the demo")
	if err := parse(flags, args, env); err != nil {
		return err
	}
	if *subject == "" || *lifetime <= 0 {
		fmt.Fprintln(env.stderr, "concierge token needs --sub ID, and a --lifetime above 0s")
		return errUsage
	}
	c, err := demoConfig(nowhere)
	if *from.file != "" {
		c, err = from.load(flags, env)
	}
	if err != nil {
		return err
	}
	token, err := auth.Sign(c.Auth, *subject, strings.Fields(*scope), *lifetime, time.Now())
	if err != nil {
		return err
	}
	fmt.Fprintln(env.stdout, token)
	return nil
}

func runKey(_ context.Context, args []string, env environment) error {
	flags := flag.NewFlagSet("key", flag.ContinueOnError)
	id := flags.String("id", "", "the key's `name`, for logs: small letters, digits and - (needed)")
	owner := flags.String("owner", "", "the `id` of the user, or the name of the machine, whose key it is (needed)")
	scope := flags.String("scope", "", "the scopes that the key grants, separated by `spaces`")
	plan := flags.String("plan", "", "the `name` of the plan of limits that it assigns (limits.plans)")
	if err := parse(flags, args, env); err != nil {
		return err
	}
	if *id == "" || *owner == "" {
		fmt.Fprintln(env.stderr, "concierge key needs --id NAME and --owner ID")
		return errUsage
	}
	key, hash, err := apikey.Generate(*id)
	if err != nil {
		return err
	}
	fmt.Fprintln(env.stderr, "# The key, which is shown this once, goes to its owner. Its entry, which says nothing of it, goes to "+
		"auth.api_keys.keys.")
	fmt.Fprintf(env.stdout, "%s\n\n- id: %s\n  owner: %q\n  scopes: %s\n", key, *id, *owner, flow(strings.Fields(*scope)))
	if *plan != "" {
		fmt.Fprintf(env.stdout, "  plan: %q\n", *plan)
	}
	fmt.Fprintf(env.stdout, "  hashes: [{sha256: %q}]\n", hash)
	return nil
}

// flow is a list as YAML has it on one line.
func flow(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = strconv.Quote(word)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

func runVersion(_ context.Context, args []string, env environment) error {
	flags := flag.NewFlagSet("version", flag.ContinueOnError)
	if err := parse(flags, args, env); err != nil {
		return err
	}
	fmt.Fprint(env.stdout, telemetry.ReadBuild().Text())
	return nil
}

func runHealth(ctx context.Context, args []string, env environment) error {
	flags := flag.NewFlagSet("health", flag.ContinueOnError)
	url := flags.String("url", "http://127.0.0.1:9090/readyz", "the `address` that answers with 200 where all is well")
	patience := flags.Duration("timeout", 2*time.Second, "how long the answer may take")
	if err := parse(flags, args, env); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, *patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, *url, http.NoBody)
	if err != nil {
		return fmt.Errorf("ask for its health: %w", err)
	}
	answer, err := new(http.Client).Do(request)
	if err != nil {
		return fmt.Errorf("ask for its health: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers with %s", *url, answer.Status)
	}
	return nil
}

func runLicenses(_ context.Context, args []string, env environment) error {
	flags := flag.NewFlagSet("licenses", flag.ContinueOnError)
	if err := parse(flags, args, env); err != nil {
		return err
	}
	page, err := web.Licenses()
	if err != nil {
		return err
	}
	return licenses.Write(env.stdout, page)
}

// demoConfig is the demo's configuration, before services at these endpoints. Its secret, which anybody knows, may stand in no
// file.
func demoConfig(urls func(service string) []string) (config.Config, error) {
	c, err := config.Parse(demo.Gateway, "demo/gateway.yml", demo.Variables(urls), gateway.Check)
	if err == nil {
		c.Auth.Issuers[0].Keys.Secret = auth.DevelopmentSecret
	}
	return c, err
}

// nowhere are the endpoints of services that are not called.
func nowhere(service string) []string {
	return []string{"http://" + service + ".invalid", "http://" + service + "-2.invalid"}
}

func runDemo(ctx context.Context, args []string, env environment) error {
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	listen := flags.String("listen", "", "the `address` of the gateway, instead of localhost:8080")
	admin := flags.String("admin", "", "the `address` of the admin listener, instead of 127.0.0.1:9090")
	accessLog := flags.Bool("access-log", true, "log a line for each request")
	if err := parse(flags, args, env); err != nil {
		return err
	}
	services, err := demo.Start(demo.Options{})
	if err != nil {
		return fmt.Errorf("start the sample services: %w", err)
	}
	defer func() { _ = services.Close() }() // it all ends here
	c, err := demoConfig(services.URLs)
	if err != nil {
		return err
	}
	c.Server.Listen, c.Admin.Listen = cmp.Or(*listen, c.Server.Listen), cmp.Or(*admin, c.Admin.Listen)
	c.Log.AccessLog = *accessLog
	tokens, err := demoTokens(c.Auth)
	if err != nil {
		return err
	}
	log, end := newLog(c, env)
	defer end()
	g, err := gateway.New(c, web.Settings{Endpoint: "/graphql", Query: demo.FirstQuery, Tokens: tokens}, log)
	if err != nil {
		return err
	}
	listeners, err := g.Listen(ctx)
	if err != nil {
		return err
	}
	welcome(env.stdout, "http://"+listeners.Public.Addr().String(), "http://"+listeners.Admin.Addr().String(), services, tokens)
	return g.ServeOn(ctx, listeners)
}

func runSamples(ctx context.Context, args []string, env environment) error {
	flags := flag.NewFlagSet("samples", flag.ContinueOnError)
	listen := flags.String("listen", "127.0.0.1:9101",
		"the first `address`; its port and those behind it are the endpoints of user, order, product and payment, two of each")
	if err := parse(flags, args, env); err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(*listen)
	if err != nil {
		return fmt.Errorf("read the address: %w", err)
	}
	first, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return fmt.Errorf("read the address: %w", err)
	}
	services, err := demo.Start(demo.Options{Host: host, FirstPort: int(first)})
	if err != nil {
		return err
	}
	for _, name := range demo.Names() {
		fmt.Fprintf(env.stdout, "%-9s  %s\n", name, strings.Join(services.URLs(name), "  "))
	}
	<-ctx.Done()
	return services.Close()
}

func demoTokens(settings auth.Config) ([]web.Token, error) {
	var tokens []web.Token
	for _, p := range demo.Principals() {
		signed, err := auth.Sign(settings, p.ID, p.Scopes, 24*time.Hour, time.Now())
		if err != nil {
			return nil, fmt.Errorf("sign the %s's token: %w", p.Name, err)
		}
		tokens = append(tokens, web.Token{Name: p.Name, Value: signed})
	}
	return tokens, nil
}

func welcome(w io.Writer, public, admin string, services *demo.Services, tokens []web.Token) {
	fmt.Fprintf(w, "\nConcierge is running.\n\n  GraphiQL   %s\n  GraphQL    %s/graphql\n  operators  %s\n\n", public, public, admin)
	for _, name := range demo.Names() {
		fmt.Fprintf(w, "  %-9s  %s\n", name, strings.Join(services.URLs(name), "  "))
	}
	fmt.Fprint(w, "\nTokens, good for a day:\n")
	for _, token := range tokens {
		fmt.Fprintf(w, "\n  %-9s  %s\n", token.Name, token.Value)
	}
	fmt.Fprintf(w, `
A first query, as the customer:

  curl -s %[1]s/graphql -H 'Content-Type: application/json' \
    -H 'Authorization: Bearer %[2]s' \
    -d '{"query":"{ me { name orders(first: 2) { nodes { id total { amount currency } items { product { name } } } } } }"}'

A first REST call, and an answer that several services have a part in (all routes: %[1]s/openapi.json):

  curl -s %[1]s/v2/users/7 -H 'Authorization: Bearer %[2]s'
  curl -s %[1]s/v2/orders/7/summary -H 'Authorization: Bearer %[2]s'

Ctrl-C ends it all.

`, public, tokens[0].Value)
}
