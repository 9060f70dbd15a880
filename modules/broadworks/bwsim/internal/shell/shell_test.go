package shell

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/muster-run/muster/modules/broadworks/bwsim/internal/memfs"
)

func login() *Shell {
	home := "/export/home/bwadmin"
	return &Shell{
		FS: memfs.New("bwadmin", home, "/tmp"), User: "bwadmin", Host: "as1.fra.example.net", Dir: home,
		Vars: map[string]string{"HOME": home},
		Commands: map[string]Command{"bwshowver": func(_ context.Context, p *Proc) int {
			p.Out.Write([]byte("AS version\n"))
			return 3
		}},
		Path: []string{"/usr/local/broadworks/bw_base/bin"},
	}
}

func TestRun(t *testing.T) {
	tests := map[string]struct {
		script, in string
		out, err   string
		status     int
	}{
		"quotes":            {script: `echo 'a  b' "c'd" e\ f $HOME '$HOME' ""x`, out: "a  b c'd e f /export/home/bwadmin $HOME x\n"},
		"lists":             {script: "false && echo a || echo b; true && echo c", out: "b\nc\n"},
		"status":            {script: `false; echo "$?"`, out: "1\n"},
		"pipe":              {script: "printf 'b\\na\\n' | grep a | wc -l", out: "1\n"},
		"file":              {script: "printf '%s\\n' x y > f && cat f && stat -c '%a %s' f", out: "x\ny\n644 4\n"},
		"umask":             {script: "umask 077; echo s > s; stat -c %a s", out: "600\n"},
		"append and input":  {script: "echo a >f; echo b >>f; cat <f", out: "a\nb\n"},
		"standard input":    {script: "cat > f; cat f", in: "typed", out: "typed"},
		"error to output":   {script: "cat nothing 2>&1", out: "cat: nothing: No such file or directory\n", status: 1},
		"error to nowhere":  {script: "cat nothing 2>/dev/null", status: 1},
		"unknown":           {script: "frobnicate -x", err: "bash: frobnicate: command not found\n", status: 127},
		"own command":       {script: "/usr/local/broadworks/bw_base/bin/bwshowver", out: "AS version\n", status: 3},
		"assignment":        {script: `PS1='x> '; A=$PS1; echo "$A|"`, out: "x> |\n"},
		"mkdir, mv, test":   {script: "mkdir -p ~/.m/p && mv -f ~/nothing x; test -d ~/.m && [ ! -e x ] && echo ok", out: "ok\n", err: "mv: cannot move '/export/home/bwadmin/nothing' to 'x': No such file or directory\n"},
		"rm":                {script: "rm -f nothing; touch a; rm a; ls", out: ""},
		"sha256":            {script: "printf abc | sha256sum", out: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  -\n"},
		"sh -c":             {script: "sh -c 'echo $HOME; exit 4'", out: "/export/home/bwadmin\n", status: 4},
		"exit":              {script: "exit 3; echo a", status: 3},
		"no substitution":   {script: "echo $(date)", err: "bash: syntax error near unexpected token `$('\n", status: 2},
		"no background":     {script: "true & echo", err: "bash: syntax error near unexpected token `&'\n", status: 2},
		"two semicolons":    {script: "true;; true", err: "bash: syntax error near unexpected token `;'\n", status: 2},
		"newlines":          {script: "echo a\n\n# note\necho b\n", out: "a\nb\n"},
		"denied":            {script: "echo a > /export/f", err: "bash: /export/f: Permission denied\n", status: 1},
		"split of variable": {script: `A="x  y"; echo $A`, out: "x y\n"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var out, errw bytes.Buffer
			status, err := login().Run(t.Context(), tt.script, strings.NewReader(tt.in), &out, &errw)
			if err != nil || status != tt.status || out.String() != tt.out || errw.String() != tt.err {
				t.Errorf("status %d, %v\nout %q\nerr %q", status, err, out.String(), errw.String())
			}
		})
	}
}

func TestOpenQuoteIsIncomplete(t *testing.T) {
	for _, script := range []string{"echo 'a", `echo "a`, `echo a\`, "echo a &&", "echo |"} {
		if _, err := login().Run(t.Context(), script, nil, nil, nil); !errors.Is(err, ErrIncomplete) {
			t.Errorf("%q: got %v", script, err)
		}
	}
}

func TestFullDiskFailsTheCommand(t *testing.T) {
	s := login()
	s.FS.LimitFree(2)
	var errw bytes.Buffer
	status, err := s.Run(t.Context(), "echo long text > f", nil, nil, &errw)
	if err != nil || status != 1 || errw.String() != "echo: write error: No space left on device\n" {
		t.Errorf("status %d, %v, %q", status, err, errw.String())
	}
}

func FuzzRun(f *testing.F) {
	for _, seed := range []string{"echo 'a' | cat > f; test -f f && rm f", `A="$B" 2>&1 <x`, "a\\\n$(", "&>x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, script string) {
		var out bytes.Buffer
		login().Run(t.Context(), script, strings.NewReader(""), &out, &out)
	})
}
