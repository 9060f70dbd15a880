package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// announced cancels when the lab is announced.
type announced struct {
	io.Writer
	cancel context.CancelFunc
}

func (a announced) Write(p []byte) (int, error) {
	if strings.Contains(string(p), "muster plan -i") {
		a.cancel()
	}
	return a.Writer.Write(p)
}

func TestRunWritesTheLabAndEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	dir := filepath.Join(t.TempDir(), "lab")
	var out, errs bytes.Buffer
	code := run(ctx, []string{"-as", "1", "-xsp", "2", "-sites", "fra,muc", "-https-port", "9443", "-dir", dir}, announced{&out, cancel}, &errs)
	if code != 0 || errs.Len() > 0 {
		t.Fatalf("exit %d, %s", code, errs.String())
	}
	for _, want := range []string{"as1.fra.example.net", "xsp01.muc.example.net", "3 servers run", "bwsim: stopped"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
	inventory, err := os.ReadFile(filepath.Join(dir, "inventory.hcl"))
	if err != nil || !strings.Contains(string(inventory), "http_port = 9443") {
		t.Errorf("%v\n%s", err, inventory)
	}
}

func TestWrongCommandLines(t *testing.T) {
	tests := map[string]struct{ args, want string }{
		"none":     {"-as 0 -xsp 0", "no servers"},
		"negative": {"-xsp -1", "negative"},
		"sites":    {"-sites ,", "no sites"},
		"argument": {"lab", "takes flags only"},
		"flag":     {"-hosts 3", "flag provided but not defined"},
		"port":     {"-port 70000", "want 1 to 65535"},
		"https":    {"-https-port 0", "https-port 0: want 1 to 65535"},
	}
	for name, tt := range tests {
		var errs bytes.Buffer
		if code := run(t.Context(), strings.Fields(tt.args), io.Discard, &errs); code != 2 || !strings.Contains(errs.String(), tt.want) {
			t.Errorf("%s: exit %d, %q", name, code, errs.String())
		}
	}
}
