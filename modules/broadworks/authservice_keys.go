package broadworks

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/modules/broadworks/bwcli"
	"github.com/muster-run/muster/plugins/sdk"
)

const (
	keysContext = "/Applications/authenticationService/KeyManagement"
	keysFile    = uploadDir + "authService.keys" // exportKeys writes nowhere else
	keysMarker  = "~/.muster/authservice/keys.sha256"
)

// AuthServiceKeys is the module authservice_keys: all authentication services encrypt and decrypt tokens with the same keys.
type AuthServiceKeys struct{}

var _ sdk.FanOut = AuthServiceKeys{}

// Describe says what the module takes and is.
func (AuthServiceKeys) Describe() sdk.Description {
	return sdk.Description{
		Name:    "authservice_keys",
		Summary: "Gives all XSPs and ADPs of a play the same keys for the tokens of the authentication service, by fan_out.",
		Doc:     keysDoc,
		Example: keysExample,
		Kind:    sdk.State,
		Args: sdk.Schema{
			Attributes: []sdk.Attribute{
				{Name: "generation", Type: cty.String, Doc: "A name for these keys, such as \"2026-11\"; another name than before replaces the keys of every host."},
				{Name: "keep_files", Type: cty.Bool, Default: cty.False, Doc: "Whether the exported and the imported file stay on the hosts."},
				{Name: "client_cert", Type: cty.String, Source: sdk.FromFile, Doc: "Certificate, PEM, that the token URL accepts, where mTLS guards it."},
				{Name: "client_key", Type: cty.String, Source: sdk.FromSecretFile, Sensitive: true, Doc: "Its private key, PEM."},
			},
			Blocks: []sdk.Block{{Name: "verify", Doc: "A request to each host after its import, and what must come back.", Schema: sdk.Schema{Attributes: []sdk.Attribute{
				{Name: "method", Type: cty.String, Default: cty.StringVal("GET"), Doc: "HTTP method."},
				{Name: "path", Type: cty.String, Required: true, Doc: "Path and query."},
				{Name: "expect_status", Type: cty.Number, Default: cty.NumberIntVal(200), Doc: "HTTP status."},
				{Name: "expect_body", Type: cty.String, Doc: "Regular expression that the body's first MiB must match."},
			}}}},
		},
		HostData:  slices.Concat(httpData, cliData),
		Exclusive: []string{cliResource},
	}
}

const keysDoc = `Needs a ` + "`fan_out`" + ` block. One host gives: it types ` + "`exportKeys`" + `; muster carries ` + "`" + keysFile + "`" + ` in memory to the same path,
mode 0600, of the others; when SHA-256 says on all of them that it arrived whole, each types ` + "`importKeys`" + `. The files are removed.

**Who holds what.** Where ` + "`get` in `X_CLI" + keysContext + "`" + ` shows a digest or another identity of the keys, that counts. Else the digest
in ` + "`" + keysMarker + "`" + `, which a run leaves on every host, is taken as a hint. Else the server cannot tell, and the plan says so:
then the first host of ` + "`from`" + ` is asked. **Name the host that holds the keys with ` + "`from`" + `** on servers that cannot tell, when
not all of them have keys.

**When nobody holds keys** the giver gets its first token request, which makes them: ` + "`GET https://HOST/authService/token?key=…`" + ` with a
throw-away public key. Where mTLS guards that URL it needs ` + "`client_cert` and `client_key`" + `. Before an HTTP interface's first restart the
URL does not answer; then the command below is used.

**A new generation.** When the marker of a host names another generation, or there is no marker, the keys of every host are replaced, so
no host may be missing (unless ` + "`allow_missing`" + `). How a server is made to replace its keys is not published. Assumed, as carefully as
can be: nothing is typed that the server does not offer. Keys that were replaced by hand since the marker was left are taken as the
new ones. Else ` + "`help`" + ` in KeyManagement must list exactly one command whose name says that it makes keys, such as generateKeys; it is
typed. Else the task fails, changes nothing, and says how to go on by hand.

**What is proved.** That every host was given the same bytes and said nothing against importing them; and, where the server shows its
keys' identity, that it is the same. Whether keys are in use before a restart is not published: notify one. The request of a
` + "`verify`" + ` block is made after the import from the control machine; where the port does not answer yet, or the server says
that it must be restarted first, its failure is a note. The certificate of the server is not verified: what is sent is public.

Assumed, because it is not published: what exportKeys and importKeys answer; what the token URL answers; how KeyManagement lists keys.
A server whose every export has other bytes is recognised by exporting twice; its marker then counts.`

const keysExample = `task "authservice_keys" "shared" {
  client_cert = "client.crt"
  client_key  = "client.key"
  fan_out {
    from = "?keymaster"
  }
  notify = [handler.restart]
}`

// keysArgs are the arguments.
type keysArgs struct {
	Generation *string     `cty:"generation"`
	KeepFiles  bool        `cty:"keep_files"`
	ClientCert *sdk.File   `cty:"client_cert"`
	ClientKey  *sdk.Handle `cty:"client_key"`
	Verify     *verifyArgs `cty:"verify"`
}

// verifyArgs are a request and what must come back.
type verifyArgs struct {
	Method       string  `cty:"method"`
	Path         string  `cty:"path"`
	ExpectStatus int     `cty:"expect_status"`
	ExpectBody   *string `cty:"expect_body"`
}

// anew reports whether the keys that the marker speaks of are to be replaced.
func (a keysArgs) anew(m *keysNote) bool {
	return a.Generation != nil && (m == nil || m.generation != *a.Generation)
}

var generationRE = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$`)

// Validate judges the generation, the client's pair and the verify block.
func (AuthServiceKeys) Validate(_ context.Context, req *sdk.Request) (out []sdk.Problem) {
	if req.Args.Known("generation") && !generationRE.MatchString(req.Args.Attr("generation").AsString()) {
		out = append(out, sdk.Problem{Arg: "generation", Summary: "generation is one word of letters, digits and . _ + -", Advice: `Write it like "2026-11".`})
	}
	cert, key := req.Args.Attr("client_cert"), req.Args.Attr("client_key")
	if cert.IsKnown() && key.IsKnown() && cert.IsNull() != key.IsNull() {
		out = append(out, sdk.Problem{Arg: map[bool]string{true: "client_key", false: "client_cert"}[cert.IsNull()],
			Summary: "client_cert and client_key belong together", Advice: "Give both or neither."})
	}
	return append(out, judgeVerify(req.Args.Attr("verify"))...)
}

func judgeVerify(v cty.Value) (out []sdk.Problem) {
	if v.IsNull() || !v.IsKnown() {
		return nil
	}
	block := sdk.Object{Value: v}
	if block.Known("path") && (len(block.Attr("path").AsString()) == 0 || block.Attr("path").AsString()[0] != '/') {
		out = append(out, sdk.Problem{Arg: "verify.path", Summary: "path begins with /"})
	}
	if block.Known("method") && !regexp.MustCompile(`^[A-Z]{3,10}$`).MatchString(block.Attr("method").AsString()) {
		out = append(out, sdk.Problem{Arg: "verify.method", Summary: "method is a word such as GET"})
	}
	if block.Known("expect_status") {
		if s, _ := block.Attr("expect_status").AsBigFloat().Float64(); s < 100 || s > 599 || s != float64(int(s)) {
			out = append(out, sdk.Problem{Arg: "verify.expect_status", Summary: "expect_status is a whole number from 100 to 599"})
		}
	}
	if block.Known("expect_body") {
		if _, err := regexp.Compile(block.Attr("expect_body").AsString()); err != nil {
			out = append(out, sdk.Problem{Arg: "verify.expect_body", Summary: "expect_body is no regular expression", Detail: err.Error()})
		}
	}
	return out
}

// Check answers a task without fan_out.
func (AuthServiceKeys) Check(context.Context, *sdk.Request) (*sdk.CheckResult, error) {
	return nil, needsFanOut()
}

// Apply answers a task without fan_out.
func (AuthServiceKeys) Apply(context.Context, *sdk.Request) (*sdk.ApplyResult, error) {
	return nil, needsFanOut()
}

func needsFanOut() error {
	return &sdk.Failure{Class: sdk.Failed, Summary: "authservice_keys needs a fan_out block", Why: "keys go from one host to the others",
		State: "nothing was changed", Do: []string{"Write fan_out {} into the task, with from = a pattern where one host is to give."}}
}

// keysJob is one phase on one host.
type keysJob struct {
	req   *sdk.Request
	args  keysArgs
	cli   *bwcli.CLI
	notes []string
}

// keysOn runs a phase that types in bwcli.
func keysOn[T any](ctx context.Context, req *sdk.Request, phase func(*keysJob) (T, error)) (T, error) {
	return xspSettings(ctx, req, "authservice_keys", func(cli *bwcli.CLI) (T, error) {
		j := &keysJob{req: req, cli: cli}
		if err := req.Args.Decode(&j.args); err != nil {
			var none T
			return none, err
		}
		return phase(j)
	})
}

// Offer says what this host holds, by what bwcli shows and by the marker.
func (AuthServiceKeys) Offer(ctx context.Context, req *sdk.Request) (*sdk.OfferResult, error) {
	return keysOn(ctx, req, func(j *keysJob) (*sdk.OfferResult, error) {
		shown, err := j.shown(ctx)
		if err != nil {
			return nil, err
		}
		marker, err := j.readNote(ctx)
		if err != nil {
			return nil, err
		}
		return j.offer(shown, marker), nil
	})
}

func (j *keysJob) offer(shown keysShown, marker *keysNote) *sdk.OfferResult {
	switch {
	case shown.absent:
		return &sdk.OfferResult{Note: "the authentication service does not show in bwcli: it is not deployed, or waits for a restart"}
	case shown.none:
		return &sdk.OfferResult{Note: "it has no keys yet"}
	case j.args.anew(marker):
		o := &sdk.OfferResult{Everyone: true, Digest: digestOf(shown, marker), Note: "its keys are of no known generation"}
		if marker != nil {
			o.Note = fmt.Sprintf("its keys are of generation %q", marker.generation)
		}
		return o
	}
	o := &sdk.OfferResult{Digest: digestOf(shown, marker)}
	o.Holds = shown.some || o.Digest != ""
	switch {
	case !o.Holds:
		o.Note = "the server does not show whether it has keys, and " + keysMarker + " is not there"
	case o.Digest == "":
		o.Note = "the server does not show which keys it has, and " + keysMarker + " does not tell"
	case shown.identity == "":
		o.Note = keysMarker + " on the host is a hint of which keys it has: the server does not show them"
	}
	return o
}

// digestOf names the keys of a host: the marker's digest while what the server shows is what it showed then, else what it
// shows.
func digestOf(shown keysShown, marker *keysNote) string {
	switch {
	case marker != nil && marker.vouches(shown):
		return marker.digest
	case shown.identity != "":
		return hexDigest("shown " + shown.identity)
	}
	return ""
}

// keysLost makes a failure of an error that is none, keeping those that are.
func keysLost(summary, state string, err error) error {
	if errors.Is(err, sdk.ErrNotExist) {
		return &sdk.Failure{Class: sdk.Failed, Summary: summary, Why: "there is no such file", State: state}
	}
	return hostFailure(summary, state, err)
}
