package copy_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"

	copymod "github.com/muster-run/muster/modules/core/copy"
	"github.com/muster-run/muster/plugins/sdk"
	"github.com/muster-run/muster/plugins/sdk/sdktest"
)

func TestMain(m *testing.M) { sdktest.Main(m, copymod.Module{}) }

type values = map[string]cty.Value

const key = "-----BEGIN CANARY-----\nhunter2-hunter2-hunter2\n-----END CANARY-----\n"

// owners answers find and chown for one file.
func owners(c *sdktest.Conn, owner string) {
	c.OnRun = func(_ context.Context, cmd sdk.Command) (*sdk.CommandResult, error) {
		switch line := strings.Join(cmd.Argv, " "); {
		case line == "find -H /etc/motd -prune -user web -group www":
			if owner == "web:www" {
				return &sdk.CommandResult{Stdout: []byte("/etc/motd\n")}, nil
			}
			return &sdk.CommandResult{}, nil
		case line == "chown web:www /etc/motd" && cmd.Effect == sdk.Idempotent:
			owner = cmd.Argv[1]
			return &sdk.CommandResult{}, nil
		default:
			return nil, fmt.Errorf("unforeseen: %s", line)
		}
	}
}

func holds(want string, mode fs.FileMode) func(testing.TB, *sdktest.Conn) {
	return func(t testing.TB, c *sdktest.Conn) {
		got, _ := c.File("/etc/motd")
		info, err := c.Stat(context.Background(), "/etc/motd")
		if err != nil || got != want || info.Mode != mode {
			t.Errorf("the host has %q, mode %v, %v", got, info.Mode, err)
		}
	}
}

func TestConforms(t *testing.T) {
	path := cty.StringVal("/etc/motd")
	hello := func(more values) values {
		out := values{"path": path, "content": cty.StringVal("hello\n")}
		for k, v := range more {
			out[k] = v
		}
		return out
	}
	there := func(content string) func(*sdktest.Conn, values) {
		return func(c *sdktest.Conn, _ values) { c.WriteFile("/etc/motd", content) }
	}
	secret := func(c *sdktest.Conn, args values) { args["secret_file"] = sdktest.HandleVal(c.Secret("web.key", key)) }
	sdktest.Conform(t, copymod.Module{},
		sdktest.Case{Name: "new", Args: hello(nil), Verify: holds("hello\n", 0o600)},
		sdktest.Case{Name: "new, with a mode", Args: hello(values{"mode": cty.StringVal("0644")}), Verify: holds("hello\n", 0o644)},
		sdktest.Case{Name: "other content", Args: hello(nil), Prepare: there("bye\n"), Verify: holds("hello\n", 0o600)},
		sdktest.Case{Name: "other mode", Args: hello(values{"mode": cty.StringVal("640")}), Prepare: there("hello\n"), Verify: holds("hello\n", 0o640)},
		sdktest.Case{Name: "same", Args: hello(values{"mode": cty.StringVal("0600")}), Prepare: there("hello\n"), Same: true},
		sdktest.Case{Name: "empty", Args: values{"path": path, "content": cty.StringVal("")}, Verify: holds("", 0o600)},
		sdktest.Case{Name: "file", Args: values{"path": path, "file": sdktest.FileVal("motd.txt", "hi")}, Verify: holds("hi", 0o600)},
		sdktest.Case{Name: "secret", Args: values{"path": path}, Prepare: secret, Verify: holds(key, 0o600)},
		sdktest.Case{Name: "same secret", Args: values{"path": path}, Same: true, Prepare: func(c *sdktest.Conn, args values) {
			secret(c, args)
			c.WriteFile("/etc/motd", key)
		}},
		sdktest.Case{Name: "secret text", Args: values{"path": path}, Verify: holds(key, 0o600), Prepare: func(c *sdktest.Conn, args values) {
			args["secret_content"] = sdktest.HandleVal(c.Secret("secret_content", key))
		}},
		sdktest.Case{Name: "directories", Args: values{"path": cty.StringVal("/opt/a/b"), "content": cty.StringVal("x"), "make_dirs": cty.True}},
		sdktest.Case{Name: "owner of a new file", Args: hello(values{"owner": cty.StringVal("web:www")}),
			Prepare: func(c *sdktest.Conn, _ values) { owners(c, "bwadmin:bwadmin") }, Verify: holds("hello\n", 0o600)},
		sdktest.Case{Name: "other owner", Args: hello(values{"owner": cty.StringVal("web:www")}),
			Prepare: func(c *sdktest.Conn, args values) { owners(c, "bwadmin:bwadmin"); there("hello\n")(c, args) }},
		sdktest.Case{Name: "same owner", Args: hello(values{"owner": cty.StringVal("web:www")}), Same: true,
			Prepare: func(c *sdktest.Conn, args values) { owners(c, "web:www"); there("hello\n")(c, args) }},
	)
}

// check is one Check on a host with a file of that content and mode; mode 0 is no file.
func check(t *testing.T, before string, mode fs.FileMode, args values) (*sdk.CheckResult, error) {
	t.Helper()
	conn := sdktest.NewConn(t)
	if mode != 0 {
		if err := conn.Put(t.Context(), sdk.Put{Path: "/etc/motd", Mode: mode, Content: []byte(before)}); err != nil {
			t.Fatal(err)
		}
	}
	if args["path"] == cty.NilVal {
		args["path"] = cty.StringVal("/etc/motd")
	}
	return copymod.Module{}.Check(t.Context(), sdktest.Request(t, copymod.Module{}.Describe(), conn, args, nil))
}

func facts(s string) string {
	sum := sha256.Sum256([]byte(s))
	return fmt.Sprintf("%d bytes, sha256 %s", len(s), hex.EncodeToString(sum[:])[:12])
}

func TestDiff(t *testing.T) {
	const before, after = "a\nb\nc\nd\n", "a\nB\nc\nd\n\ne"
	whole := sdk.Diff{What: "/etc/motd", Before: facts(before), After: facts(after)}
	head := sdk.Diff{What: "/etc/motd"}
	lines := []sdk.Diff{head, {What: "line 2", Before: "b", After: "B"}, {What: "line 5", After: "(empty line)"}, {What: "line 6", After: "e (no line end)"}}
	content := cty.StringVal(after)
	for _, tt := range []struct {
		name   string
		before string
		mode   fs.FileMode
		args   values
		want   []sdk.Diff
		notes  int
	}{
		{"everybody may read", before, 0o644, values{"content": content}, lines, 0},
		{"only some may read", before, 0o640, values{"content": content}, []sdk.Diff{whole}, 1},
		{"asked for", before, 0o600, values{"content": content, "show_diff": cty.True}, lines, 0},
		{"asked not to", before, 0o644, values{"content": content, "show_diff": cty.False}, []sdk.Diff{whole}, 0},
		{"made public now", before, 0o600, values{"content": content, "mode": cty.StringVal("0644")},
			[]sdk.Diff{whole, {What: "mode of /etc/motd", Before: "0600", After: "0644"}}, 1},
		{"binary on the host", "a\x00b", 0o644, values{"content": content},
			[]sdk.Diff{{What: "/etc/motd", Before: facts("a\x00b"), After: facts(after)}}, 0},
		{"new", "", 0, values{"content": cty.StringVal("x\n"), "mode": cty.StringVal("0644")},
			[]sdk.Diff{{What: "/etc/motd", After: "a new file"}, {What: "line 1", After: "x"}, {What: "mode of /etc/motd", After: "0644"}}, 0},
		{"a line goes", "x\ny\n", 0o644, values{"content": cty.StringVal("x\n")},
			[]sdk.Diff{head, {What: "line 2", Before: "y"}}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res, err := check(t, tt.before, tt.mode, tt.args)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, res.Diff); diff != "" || len(res.Notes) != tt.notes || res.Verdict != sdk.Change {
				t.Errorf("%s, notes %v, -want +got:\n%s", res.Verdict, res.Notes, diff)
			}
		})
	}
}

// No part of a secret, and none of what was there before it, comes out of the module.
func TestSecretsAreNotShown(t *testing.T) {
	conn := sdktest.NewConn(t)
	conn.WriteFile("/etc/motd", "password=old-canary\n")
	args := values{"path": cty.StringVal("/etc/motd"), "secret_content": sdktest.HandleVal(conn.Secret("pw", "password=new-canary\n")),
		"mode": cty.StringVal("0644"), "show_diff": cty.True}
	req := sdktest.Request(t, copymod.Module{}.Describe(), conn, args, nil)
	res, err := copymod.Module{}.Check(t.Context(), req)
	done, err2 := copymod.Module{}.Apply(t.Context(), req)
	if out := fmt.Sprintf("%+v %v %+v %v", res, err, done, err2); strings.Contains(out, "canary") || err != nil || err2 != nil {
		t.Error(out)
	}
	for _, op := range conn.Ops() {
		if op.Kind == "get" {
			t.Errorf("the module read what was there before: %v", op)
		}
	}
}

// Of a secret without a digest nobody can tell whether the host has it.
func TestShortSecret(t *testing.T) {
	conn := sdktest.NewConn(t)
	h := conn.Secret("pin", "1234")
	h.SHA256 = ""
	args := values{"path": cty.StringVal("/etc/motd"), "secret_content": sdktest.HandleVal(h)}
	req := sdktest.Request(t, copymod.Module{}.Describe(), conn, args, nil)
	for i, want := range []sdk.Verdict{sdk.Change, sdk.Unknown} {
		res, err := copymod.Module{}.Check(t.Context(), req)
		if err != nil || res.Verdict != want || strings.Contains(fmt.Sprintf("%v", res.Diff), "sha256") {
			t.Errorf("check %d: %+v, %v", i, res, err)
		}
		done, err := copymod.Module{}.Apply(t.Context(), req)
		if err != nil || !done.Changed || len(done.Notes) != i {
			t.Errorf("apply %d: %+v, %v", i, done, err)
		}
	}
}

func TestFailures(t *testing.T) {
	text := cty.StringVal("x")
	owner := values{"content": text, "owner": cty.StringVal("web:www")}
	for _, tt := range []struct {
		name    string
		args    values
		prepare func(*sdktest.Conn)
		class   sdk.Class
		says    string
	}{
		{"a directory", values{"path": cty.StringVal("/etc"), "content": text}, nil, sdk.Failed, "is a directory"},
		{"no directory", values{"path": cty.StringVal("/opt/a/b"), "content": text}, nil, sdk.Failed, "could not write"},
		{"disk full", values{"content": text}, func(c *sdktest.Conn) {
			c.Fault = func(op sdktest.Op) error {
				if op.Kind == "put" {
					return errors.New("no space left on device")
				}
				return nil
			}
		}, sdk.Failed, "no space left"},
		{"lost", values{"content": text}, func(c *sdktest.Conn) { c.Fault = func(sdktest.Op) error { return sdk.ErrUnreachable } }, sdk.Unreachable, ""},
		{"written by another", values{"content": text}, func(c *sdktest.Conn) {
			put := false
			c.Fault = func(op sdktest.Op) error {
				put = put || op.Kind == "put"
				if put && op.Kind == "stat" {
					c.WriteFile("/etc/motd", "y")
				}
				return nil
			}
		}, sdk.Failed, "it holds something else"},
		{"unknown owner", owner, func(c *sdktest.Conn) {
			c.WriteFile("/etc/motd", "x")
			c.Commands = map[string]sdk.CommandResult{"find -H /etc/motd -prune -user web -group www": {Status: 1, Stderr: []byte("find: 'web' is not the name of a known user")}}
		}, sdk.Failed, "not the name of a known user"},
		{"chown refused", owner, func(c *sdktest.Conn) {
			c.Commands = map[string]sdk.CommandResult{"find -H /etc/motd -prune -user web -group www": {},
				"chown web:www /etc/motd": {Status: 1, Stderr: []byte("chown: Operation not permitted")}}
		}, sdk.Failed, "Operation not permitted"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			conn := sdktest.NewConn(t)
			if tt.prepare != nil {
				tt.prepare(conn)
			}
			if tt.args["path"] == cty.NilVal {
				tt.args["path"] = cty.StringVal("/etc/motd")
			}
			_, err := copymod.Module{}.Apply(t.Context(), sdktest.Request(t, copymod.Module{}.Describe(), conn, tt.args, nil))
			f := (*sdk.Failure)(nil)
			if !errors.As(err, &f) || f.Class != tt.class || !strings.Contains(f.Error(), tt.says) {
				t.Errorf("got %+v", err)
			}
		})
	}
}

func TestValidate(t *testing.T) {
	str := cty.StringVal
	conn := sdktest.NewConn(t)
	secret := sdktest.HandleVal(conn.Secret("k", key))
	sum := sha256.Sum256([]byte("x"))
	good := hex.EncodeToString(sum[:])
	for name, tt := range map[string]struct {
		args values
		want string
	}{
		"good":         {values{"content": str("x"), "mode": str("0640"), "owner": str("a:b"), "checksum": str(strings.ToUpper(good))}, ""},
		"nothing":      {values{}, ": nothing to copy"},
		"two":          {values{"content": str("x"), "secret_file": secret}, "secret_file: content and secret_file stand in one task"},
		"relative":     {values{"content": str("x"), "path": str("a")}, `path: "a" is no path on a host`},
		"directory":    {values{"content": str("x"), "path": str("/a/")}, `path: "/a/" is a directory`},
		"mode":         {values{"content": str("x"), "mode": str("rw-")}, `mode: "rw-" are no permissions`},
		"set-uid":      {values{"content": str("x"), "mode": str("4755")}, `mode: "4755" are no permissions`},
		"owner":        {values{"content": str("x"), "owner": str("-R a")}, `owner: "-R a" names no owner`},
		"checksum":     {values{"content": str("x"), "checksum": str("abc")}, "checksum: checksum is no SHA-256"},
		"other source": {values{"content": str("y"), "checksum": str(good)}, "checksum: the source is not the one that checksum names"},
		"open secret":  {values{"secret_file": secret, "mode": str("0644")}, "mode: everybody on the host may read or change this secret"},
	} {
		if tt.args["path"] == cty.NilVal {
			tt.args["path"] = str("/a")
		}
		var got []string
		for _, p := range (copymod.Module{}).Validate(t.Context(), sdktest.Request(t, copymod.Module{}.Describe(), nil, tt.args, nil)) {
			got = append(got, p.Arg+": "+p.Summary)
		}
		if s := strings.Join(got, "\n"); s != tt.want {
			t.Errorf("%s: %q, want %q", name, s, tt.want)
		}
	}
}
