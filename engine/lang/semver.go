package lang

import (
	"regexp"
	"strings"

	"github.com/hashicorp/go-version"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/muster-run/muster/engine/diag"
)

// releaseRE splits off what vendors put before the digits: R23, v1.2, Rel_2023.08_1.411.
var releaseRE = regexp.MustCompile(`^(?i:v|r|rel|release|version)?[_ ]?([0-9].*)$`)

// semverFunc is semver(VERSION, CONSTRAINT): whether "R23.1" meets ">= R22".
var semverFunc = function.New(&function.Spec{
	Description: "whether a version meets a constraint",
	Params:      []function.Parameter{{Name: "version", Type: cty.String}, {Name: "constraint", Type: cty.String}},
	Type:        function.StaticReturnType(cty.Bool),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		v, err := version.NewVersion(plainVersion(args[0].AsString()))
		if err != nil {
			return cty.NilVal, diag.Causef(diag.BadFunctionCall, "semver() cannot read the version", `Give a version such as "23.1" or "R23".`, "%q is no version.", args[0].AsString())
		}
		c, err := version.NewConstraint(plainConstraint(args[1].AsString()))
		if err != nil {
			return cty.NilVal, diag.Causef(diag.BadFunctionCall, "semver() cannot read the constraint", `Write for example ">= R22" or ">= 22, < 24".`, "%q is no constraint.", args[1].AsString())
		}
		return cty.BoolVal(c.Check(v)), nil
	},
})

func plainVersion(s string) string {
	s = strings.TrimSpace(s)
	if m := releaseRE.FindStringSubmatch(s); m != nil {
		s = m[1]
	}
	return strings.ReplaceAll(s, "_", ".")
}

func plainConstraint(s string) string {
	parts := strings.Split(s, ",")
	for i, p := range parts {
		p = strings.TrimSpace(p)
		digits := strings.TrimLeft(p, "<>=!~ ")
		parts[i] = strings.TrimSpace(p[:len(p)-len(digits)]) + " " + plainVersion(digits)
	}
	return strings.Join(parts, ",")
}
