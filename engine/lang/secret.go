package lang

import (
	"crypto/sha256"
	"fmt"
	"reflect"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/muster-run/muster/engine/diag"
)

// SecretKind says where a secret is to be had.
type SecretKind string

const (
	SecretFile   SecretKind = "file"   // secret("file", PATH), or a path given to an argument that takes a key file
	SecretPrompt SecretKind = "prompt" // secret("prompt", NAME): the operator is asked once per run
	SecretText   SecretKind = "text"   // a value of the playbook given to an argument that takes a secret
)

// Secret stands for a secret that was not fetched. No expression can read it; only an argument that takes a secret can hold
// it. Secrets with equal ID are the same secret.
type Secret struct {
	Kind SecretKind
	Name string // the path as written, or the prompt's name; for messages. Empty for SecretText

	text     string
	files    *Files
	operator bool
}

// ID names the secret within the run, to fetch it once. A path of the operator and the same path written by the playbook are
// two secrets, because the second may be refused. A SecretText has the ID of its text, but does not show it.
func (s *Secret) ID() string {
	switch s.Kind {
	case SecretFile:
		return fmt.Sprintf("file:%t:%s", s.operator, s.files.resolve(s.Name, s.operator))
	case SecretText:
		return fmt.Sprintf("text:%x", sha256.Sum256([]byte(s.text)))
	}
	return fmt.Sprintf("%s:%s", s.Kind, s.Name)
}

// Read returns the bytes of a SecretFile or SecretText. It is the engine's business to keep them from everybody else.
func (s *Secret) Read() ([]byte, error) {
	switch s.Kind {
	case SecretFile:
		return s.files.read(s.Name, s.operator)
	case SecretText:
		return []byte(s.text), nil
	}
	return nil, fmt.Errorf("secret %q has to be asked for", s.Name)
}

// String shows the kind and the name, never content.
func (s *Secret) String() string { return fmt.Sprintf("secret(%q, %q)", s.Kind, s.Name) }

// GoString is String, so that no verb of fmt shows more.
func (s *Secret) GoString() string { return s.String() }

// MarshalJSON refuses, so that jsonencode and format do.
func (s *Secret) MarshalJSON() ([]byte, error) {
	return nil, &diag.Cause{Code: diag.BadFunctionCall, Summary: "a secret cannot be read", Detail: "Only an argument made for secrets can hold one.", Advice: "Give it to such an argument."}
}

// secretType is the type of a Secret inside the language.
var secretType = cty.CapsuleWithOps("secret", reflect.TypeOf(Secret{}), &cty.CapsuleOps{
	GoString: func(v any) string { return v.(*Secret).String() },
	Equals: func(a, b any) cty.Value {
		return cty.BoolVal(a.(*Secret).ID() == b.(*Secret).ID())
	},
	RawEquals: func(a, b any) bool {
		return a.(*Secret).ID() == b.(*Secret).ID()
	},
})

// secretFunc is secret("file", PATH) and secret("prompt", NAME).
func secretFunc(files *Files) function.Function {
	return function.New(&function.Spec{
		Description: "stands for a secret that only an argument made for it can hold",
		Params: []function.Parameter{
			{Name: "kind", Type: cty.String},
			{Name: "name", Type: cty.String, AllowMarked: true},
		},
		Type: function.StaticReturnType(secretType),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			name, marks := args[1].Unmark()
			_, operator := marks[Operator]
			s := &Secret{Kind: SecretKind(args[0].AsString()), Name: name.AsString(), files: files, operator: operator}
			if s.Kind != SecretFile && s.Kind != SecretPrompt {
				return cty.NilVal, diag.Causef(diag.BadFunctionCall, "secret() does not know that source", `Write secret("file", PATH) or secret("prompt", NAME).`, "%q is neither file nor prompt.", args[0].AsString())
			}
			return cty.CapsuleVal(secretType, s).WithMarks(marks, cty.NewValueMarks(Sensitive)), nil
		},
	})
}
