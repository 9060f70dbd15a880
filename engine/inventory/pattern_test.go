package inventory

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"

	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/lang"
)

const fleet = `
group "xsp" {
  hosts = ["xsp[1:4]"]
}
group "as" {
  hosts = ["as[1:2]"]
}
group "fra" {
  hosts = ["xsp1", "xsp2", "as1"]
}
group "maintenance" {
  hosts = []
}
`

func TestSelect(t *testing.T) {
	inv := mustLoad(t, "i.hcl", fleet)
	if err := os.WriteFile("list", []byte("\ufeff# two\nxsp1\r\nas # all of them\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for pattern, want := range map[string]string{
		"all": "xsp1 xsp2 xsp3 xsp4 as1 as2", "*": "xsp1 xsp2 xsp3 xsp4 as1 as2",
		"xsp": "xsp1 xsp2 xsp3 xsp4", "as:xsp1": "xsp1 as1 as2", "as,xsp1": "xsp1 as1 as2", "as : xsp1": "xsp1 as1 as2",
		"xsp:&fra": "xsp1 xsp2", "&fra:xsp": "xsp1 xsp2", "all:!fra": "xsp3 xsp4 as2", "!fra": "xsp3 xsp4 as2", "!fra:xsp": "xsp3 xsp4",
		"xsp[2:3]": "xsp2 xsp3", "xsp*:!xsp[1:2]": "xsp3 xsp4", "~^xsp[13]$": "xsp1 xsp3", "~x(sp1|sp2):as1": "xsp1 xsp2 as1", "*s*:!xs?1": "xsp2 xsp3 xsp4 as1 as2",
		"xsp:!?maintenance": "xsp1 xsp2 xsp3 xsp4", "xsp:?nosuch": "xsp1 xsp2 xsp3 xsp4", "?xsp[4:9]": "xsp4", "xsp1:&as": "", "~x{1}sp[1:2]": "xsp1 xsp2",
		"@list": "xsp1 as1 as2", "all:!@list": "xsp2 xsp3 xsp4",
	} {
		hosts, ds := inv.Select(pattern, PatternAt{Source: "command line, --limit '" + pattern + "'"})
		var got []string
		for _, h := range hosts {
			got = append(got, h.Name)
		}
		if len(ds) > 0 || strings.Join(got, " ") != want {
			t.Errorf("%q selects %v (%v), want %s", pattern, got, brief(ds), want)
		}
	}
}

func TestSelectRefuses(t *testing.T) {
	inv := mustLoad(t, "i.hcl", fleet)
	if err := os.WriteFile("loop", []byte("@loop\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for pattern, want := range map[string]struct{ code, marked, advice string }{
		"xps:&fra":        {diag.NothingMatches, "xps", `Did you mean group "xsp" (4 hosts)?`},
		"xsp:!?fra:!sa":   {diag.NothingMatches, "sa", `Did you mean group "as" (2 hosts)?`},
		"xsp:!maintenace": {diag.NothingMatches, "maintenace", `Did you mean group "maintenance" (0 hosts)?`},
		"maintenance":     {diag.NothingMatches, "maintenance", "If it may be empty, write ?maintenance."},
		"xpsp1":           {diag.NothingMatches, "xpsp1", `Did you mean host "xsp1"?`},
		"alll":            {diag.NothingMatches, "alll", "Did you mean all (6 hosts)?"},
		"z*":              {diag.NothingMatches, "z*", "Groups are: as, fra, maintenance, xsp. All hosts: muster inventory list"},
		"xsp[3:6]":        {diag.NothingMatches, "xsp[3:6]", `Did you mean host "xsp1"?`},
		"xsp[3:":          {diag.BadRange, "xsp[3:", rangeAdvice},
		"~(":              {diag.BadPattern, "~(", "Correct it; ~ begins a regular expression."},
		"":                {diag.BadPattern, "", "Parts are divided by colons: xsp:&fra:!maintenance."},
		"xsp::as":         {diag.BadPattern, "xsp::as", "Parts are divided by colons: xsp:&fra:!maintenance."},
		"a\x00b":          {diag.BadPattern, "a\x00b", "Parts are divided by colons: xsp:&fra:!maintenance."},
		"@nosuch":         {diag.FileUnreadable, "@nosuch", "Check the path. In . are: i.hcl, loop."},
		"@loop":           {diag.BadPattern, "@loop", "Write the patterns into one file."},
	} {
		_, ds := inv.Select(pattern, PatternAt{Source: "command line, --limit '" + pattern + "'"})
		if len(ds) != 1 || ds[0].Code != want.code || ds[0].Advice != want.advice {
			t.Errorf("%q gives %v %+v, want %+v", pattern, brief(ds), ds, want)
			continue
		}
		if m := ds[0].Mark; m != nil && ds[0].Source[m.From:m.To] != want.marked {
			t.Errorf("%q marks %q, want %q", pattern, ds[0].Source[m.From:m.To], want.marked)
		}
	}
}

func TestSelectPointsIntoFile(t *testing.T) {
	inv := mustLoad(t, "i.hcl", fleet)
	f, _ := lang.ParseHCL("p.hcl", []byte("hosts = \"xsp:!?x:&frra\"\n"))
	attrs, _ := f.Body.JustAttributes()
	rng := attrs["hosts"].Expr.Range()
	_, ds := inv.Select("xsp:!?x:&frra", PatternAt{Range: &rng})
	want := hcl.Range{Filename: "p.hcl", Start: hcl.Pos{Line: 1, Column: 19, Byte: 18}, End: hcl.Pos{Line: 1, Column: 23, Byte: 22}}
	if len(ds) != 1 || *ds[0].Subject != want {
		t.Errorf("got %v, want %v", ds, want)
	}
}

func TestPatternFileInPlaybook(t *testing.T) {
	inv := mustLoad(t, "i.hcl", fleet, "list", "xsp1\n")
	dir, _ := os.Getwd()
	for name, tt := range map[string]struct {
		pattern string
		files   *lang.Files
		code    string
	}{
		"beside it":       {"@list", &lang.Files{Dir: dir}, ""},
		"not allowed":     {"@list", nil, diag.BadPattern},
		"out of the tree": {"@../" + filepath.Base(dir) + "/list", &lang.Files{Dir: dir}, diag.PathEscapes},
	} {
		_, ds := inv.Select(tt.pattern, PatternAt{Range: &hcl.Range{}, Files: tt.files})
		if tt.code == "" && len(ds) > 0 || tt.code != "" && (len(ds) != 1 || ds[0].Code != tt.code) {
			t.Errorf("%s: got %v, want %s", name, brief(ds), tt.code)
		}
	}
}

func FuzzSelect(f *testing.F) {
	for _, s := range []string{"xsp:&fra:!maintenance", "~xsp[13]", "!?x", "@x", "a[1:", "::", "&", "x{", "*?*"} {
		f.Add(s)
	}
	inv := &Inventory{hosts: map[string]int{"xsp1": 0, "as1": 1}, groups: map[string]*Group{}}
	for _, n := range []string{"xsp1", "as1"} {
		inv.Hosts = append(inv.Hosts, &Host{Name: n})
	}
	f.Fuzz(func(t *testing.T, pattern string) {
		if strings.Contains(pattern, "@") {
			t.Skip("reads files")
		}
		hosts, ds := inv.Select(pattern, PatternAt{Source: "--limit '" + pattern + "'"})
		if ds.HasErrors() && hosts != nil {
			t.Fatal("hosts in spite of errors")
		}
		for _, d := range ds {
			if d.Code == "" || d.Summary == "" || d.Advice == "" {
				t.Fatalf("%q gives %+v", pattern, d)
			}
			if m := d.Mark; m != nil && (m.From < 0 || m.From > m.To || m.To > len(d.Source)) {
				t.Fatalf("%q marks %v of %q", pattern, m, d.Source)
			}
		}
	})
}
