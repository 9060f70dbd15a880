package lang

import (
	"maps"
	"strings"

	"github.com/hashicorp/hcl/v2/ext/tryfunc"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// Functions is the table of functions of a run. extra adds those that need to know more than this package does, such as hosts:
// see HostsFunc. Functions that answer differently each time (timestamp, uuid) are left out, so that a plan and its apply agree.
func Functions(files *Files, extra map[string]function.Function) map[string]function.Function {
	out := maps.Clone(pure)
	maps.Copy(out, map[string]function.Function{
		"file":        fileFunc(files),
		"fileexists":  fileExistsFunc(files),
		"pem_blocks":  pemBlocksFunc(files),
		"pem_by_role": pemByRoleFunc(files),
		"x509":        x509Func(files),
		"secret":      secretFunc(files),
	})
	maps.Copy(out, extra)
	inTemplates := maps.Clone(out)
	delete(inTemplates, "secret")
	out["templatefile"] = templateFileFunc(files, inTemplates)
	return out
}

// pure holds the functions that know nothing but their arguments.
var pure = map[string]function.Function{
	"abs": stdlib.AbsoluteFunc, "ceil": stdlib.CeilFunc, "floor": stdlib.FloorFunc, "log": stdlib.LogFunc, "max": stdlib.MaxFunc,
	"min": stdlib.MinFunc, "parseint": stdlib.ParseIntFunc, "pow": stdlib.PowFunc, "signum": stdlib.SignumFunc, "sum": sumFunc,

	"chomp": stdlib.ChompFunc, "format": stdlib.FormatFunc, "formatlist": stdlib.FormatListFunc, "indent": stdlib.IndentFunc,
	"join": stdlib.JoinFunc, "lower": stdlib.LowerFunc, "regex": stdlib.RegexFunc, "regexall": stdlib.RegexAllFunc,
	"replace": replaceFunc, "split": stdlib.SplitFunc, "strrev": stdlib.ReverseFunc, "substr": stdlib.SubstrFunc,
	"title": stdlib.TitleFunc, "trim": stdlib.TrimFunc, "trimprefix": stdlib.TrimPrefixFunc, "trimspace": stdlib.TrimSpaceFunc,
	"trimsuffix": stdlib.TrimSuffixFunc, "upper": stdlib.UpperFunc,
	"startswith":  onTexts("whether a text begins with another", "prefix", strings.HasPrefix),
	"endswith":    onTexts("whether a text ends with another", "suffix", strings.HasSuffix),
	"strcontains": onTexts("whether a text holds another", "substr", strings.Contains),

	"alltrue": alltrueFunc, "anytrue": anytrueFunc, "chunklist": stdlib.ChunklistFunc, "coalesce": stdlib.CoalesceFunc,
	"coalescelist": stdlib.CoalesceListFunc, "compact": stdlib.CompactFunc, "concat": stdlib.ConcatFunc, "contains": stdlib.ContainsFunc,
	"distinct": stdlib.DistinctFunc, "element": stdlib.ElementFunc, "flatten": stdlib.FlattenFunc, "index": indexFunc,
	"keys": stdlib.KeysFunc, "length": lengthFunc, "lookup": lookupFunc, "merge": stdlib.MergeFunc, "one": oneFunc,
	"range": stdlib.RangeFunc, "reverse": stdlib.ReverseListFunc, "setintersection": stdlib.SetIntersectionFunc,
	"setproduct": setProductFunc, "setsubtract": stdlib.SetSubtractFunc, "setunion": stdlib.SetUnionFunc, "slice": stdlib.SliceFunc,
	"sort": stdlib.SortFunc, "values": stdlib.ValuesFunc, "zipmap": stdlib.ZipmapFunc,

	"base64decode": base64DecodeFunc, "base64encode": base64EncodeFunc, "csvdecode": stdlib.CSVDecodeFunc, "jsondecode": jsonDecodeFunc,
	"jsonencode": stdlib.JSONEncodeFunc, "sha256": sha256Func, "sha512": sha512Func, "urlencode": urlEncodeFunc,
	"yamldecode": yamlDecodeFunc, "yamlencode": yamlEncodeFunc,

	"cidrhost": cidrHostFunc, "cidrnetmask": cidrNetmaskFunc, "cidrsubnet": cidrSubnetFunc, "cidrsubnets": cidrSubnetsFunc,
	"formatdate": stdlib.FormatDateFunc, "timeadd": stdlib.TimeAddFunc, "semver": semverFunc,
	"basename": basenameFunc, "dirname": dirnameFunc,

	"can": tryfunc.CanFunc, "try": tryfunc.TryFunc, "sensitive": sensitiveFunc,
	"tobool": stdlib.MakeToFunc(cty.Bool), "tolist": stdlib.MakeToFunc(cty.List(cty.DynamicPseudoType)), "tomap": stdlib.MakeToFunc(cty.Map(cty.DynamicPseudoType)),
	"tonumber": stdlib.MakeToFunc(cty.Number), "toset": stdlib.MakeToFunc(cty.Set(cty.DynamicPseudoType)), "tostring": stdlib.MakeToFunc(cty.String),
}
