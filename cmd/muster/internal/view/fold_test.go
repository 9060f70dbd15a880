package view

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFold(t *testing.T) {
	cases := map[string]struct{ hosts, want string }{
		"none":                {"", ""},
		"one":                 {"xsp01.fra", "xsp01.fra"},
		"range":               {"xsp01.fra xsp02.fra xsp03.fra", "xsp[01:03].fra"},
		"hole":                {"xsp01.fra xsp02.fra xsp04.fra", "xsp[01:02].fra xsp04.fra"},
		"two sites":           {"xsp01.fra xsp02.fra xsp01.muc xsp02.muc", "xsp[01:02].fra xsp[01:02].muc"},
		"two numbers":         {"xsp1.dc1 xsp2.dc1 xsp1.dc2 xsp2.dc2", "xsp[1:2].dc[1:2]"},
		"not the same":        {"xsp1.dc1 xsp2.dc2", "xsp1.dc1 xsp2.dc2"},
		"grows a digit":       {"as8 as9 as10 as11", "as[8:11]"},
		"padded stays padded": {"as09 as10 as010 as011", "as[09:10] as[010:011]"},
		"any order":           {"as3 as1 as2", "as[1:3]"},
		"no number":           {"gate lab", "gate lab"},
		"address":             {"10.0.0.1 10.0.0.2 10.0.1.1", "10.0.[0:1].1 10.0.0.2"},
		"begins with a digit": {"1a 2a", "[1:2]a"},
		"too long to count":   {"h1234567890123 h1234567890124", "h1234567890123 h1234567890124"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := strings.Join(Fold(strings.Fields(c.hosts)), " ")
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestHostsSaysHowManyAreLeftOut(t *testing.T) {
	var hosts []string
	for i := range 50 {
		hosts = append(hosts, fmt.Sprintf("h%d.x%d", 2*i, i))
	}
	got := Hosts(hosts, 40)
	if want := "h0.x0,h2.x1,h4.x2,h6.x3 and 46 more"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := Hosts(hosts[:1], 2); got != "h0.x0" {
		t.Errorf("one host is never cut, got %q", got)
	}
}
