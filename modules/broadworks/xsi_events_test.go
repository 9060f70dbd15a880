package broadworks

import (
	"strings"
	"testing"
)

func TestSeveralInstancesOfXsiEvents(t *testing.T) {
	const one = "ADP version Rel_2022.11_1.273\n\nApplications Info:\n- Xsi-Actions version 2022.11_1.273 context path /com.broadsoft.xsi-actions\n" +
		"- Xsi-Events version 2022.11_1.273 context path /com.broadsoft.xsi-events\n"
	for name, tc := range map[string]struct {
		shown string
		fails bool
	}{
		"one":                                  {one, false},
		"two":                                  {one + "- Xsi-Events version 2022.11_1.273 context path /second\n", true},
		"a release that lists no applications": {"XSP version Rel_23.0_1.1075\n\nPatching Info:\n  Active Patches: 12\n", false},
		"nothing":                              {"", false},
	} {
		f := severalInstances(tc.shown)
		if (f != nil) != tc.fails {
			t.Errorf("%s: %v", name, f)
		}
		if f != nil && !strings.Contains(f.What, "/second") {
			t.Errorf("%s: it does not say which: %s", name, f.What)
		}
	}
}
