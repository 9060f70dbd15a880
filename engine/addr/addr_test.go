package addr_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/muster-run/muster/engine/addr"
)

func TestString(t *testing.T) {
	anchors := addr.Block{Play: "cti", Kind: addr.Task, Name: "anchors"}
	root := addr.Instance{Block: anchors, Key: "root", Keyed: true}
	for _, tt := range []struct {
		got  interface{ String() string }
		want string
	}{
		{anchors, "cti.task.anchors"},
		{addr.Block{Kind: addr.Handler, Name: "restart"}, "handler.restart"},
		{addr.Block{Play: "cti", Kind: addr.Health, Of: "handler.restart", Name: "cti"}, "cti.handler.restart.health.cti"},
		{addr.Block{Play: "cti", Kind: addr.Health, Name: "up"}, "cti.health.up"},
		{addr.Block{Play: "cti", Kind: addr.Check, Name: "one_name"}, "cti.check.one_name"},
		{addr.Instance{Block: anchors}, "cti.task.anchors"},
		{root, `cti.task.anchors["root"]`},
		{addr.Instance{Block: anchors, Keyed: true}, `cti.task.anchors[""]`},
		{addr.Instance{Block: anchors, Key: "a\"]\n", Keyed: true}, `cti.task.anchors["a\"]\n"]`},
		{addr.Node{Instance: root, Host: "xsp01.fra"}, `xsp01.fra: cti.task.anchors["root"]`},
		{addr.Node{Instance: addr.Instance{Block: anchors}}, "cti.task.anchors"},
	} {
		if diff := cmp.Diff(tt.want, tt.got.String()); diff != "" {
			t.Error(diff)
		}
	}
}

// TestComparable: an address is a map key, so two that are written alike are equal.
func TestComparable(t *testing.T) {
	seen := map[addr.Node]int{}
	for range 2 {
		seen[addr.Node{Instance: addr.Instance{Block: addr.Block{Play: "p", Kind: addr.Task, Name: "x"}, Key: "k", Keyed: true}, Host: "h"}]++
	}
	if len(seen) != 1 {
		t.Errorf("%d keys for one node", len(seen))
	}
}

func TestParseTarget(t *testing.T) {
	for in, want := range map[string]addr.Target{
		"play.cti":                  {Play: "cti"},
		"task.anchors":              {Name: "anchors"},
		`task.anchors["root"]`:      {Name: "anchors", Key: "root", Keyed: true},
		"cti.task.anchors":          {Play: "cti", Name: "anchors"},
		`cti.task.anchors["a.b[]"]`: {Play: "cti", Name: "anchors", Key: "a.b[]", Keyed: true},
		`task.anchors[""]`:          {Name: "anchors", Keyed: true},
		`task.anchors["\u00fc\""]`:  {Name: "anchors", Key: `ü"`, Keyed: true},
	} {
		got, err := addr.ParseTarget(in)
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", in, diff)
		}
	}
	for _, in := range []string{
		"", ".", "anchors", "task.", ".anchors", "play.cti.x", `play.cti["x"]`, "task.anchors[root]", `task.anchors["root"`, `task.anchors["root"]]`, `task.anchors["root"].x`, `task.anchors[]`,
		"cti.handler.restart", "a.b.c.d", "task..x", `["x"]`, "task.anchors[`a`", "task.anchors['a']",
	} {
		if got, err := addr.ParseTarget(in); err == nil {
			t.Errorf("%q is taken for %+v", in, got)
		}
	}
}

func TestMatches(t *testing.T) {
	block := addr.Block{Play: "cti", Kind: addr.Task, Name: "anchors"}
	root, plain := addr.Instance{Block: block, Key: "root", Keyed: true}, addr.Instance{Block: block}
	for target, want := range map[string][2]bool{ // of root, of the instance without a key
		"play.cti": {true, true}, "play.as": {false, false}, "task.anchors": {true, true}, "task.other": {false, false}, `task.anchors["root"]`: {true, false},
		`task.anchors["issuing"]`: {false, false}, "cti.task.anchors": {true, true}, "as.task.anchors": {false, false}, `task.anchors[""]`: {false, false},
	} {
		tg, err := addr.ParseTarget(target)
		if err != nil {
			t.Fatal(err)
		}
		if got := [2]bool{tg.Matches(root), tg.Matches(plain)}; got != want {
			t.Errorf("%s matches %v, want %v", target, got, want)
		}
	}
}

// FuzzParseTarget holds that the address of a task, as it is shown, can be given as a target and means that task.
func FuzzParseTarget(f *testing.F) {
	f.Add("cti", "anchors", "root", `task.x["y"]`)
	f.Add("a", "b", "\"]\x00\xff", "play.")
	f.Fuzz(func(t *testing.T, play, name, key, raw string) {
		if tg, err := addr.ParseTarget(raw); err == nil && tg == (addr.Target{}) {
			t.Fatalf("%q is a target for everything", raw)
		}
		if !plain(play) || !plain(name) {
			t.Skip("names have letters only")
		}
		i := addr.Instance{Block: addr.Block{Play: play, Kind: addr.Task, Name: name}, Key: key, Keyed: true}
		tg, err := addr.ParseTarget(i.String())
		if err != nil || !tg.Matches(i) {
			t.Fatalf("%s: %+v, %v", i, tg, err)
		}
	})
}

func plain(s string) bool {
	for _, r := range s {
		if r < 'a' || r > 'z' {
			return false
		}
	}
	return s != ""
}
