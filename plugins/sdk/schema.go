package sdk

import (
	"fmt"
	"regexp"

	"github.com/zclconf/go-cty/cty"
)

// Schema is the shape of a task's arguments or of a module's outputs.
type Schema struct {
	Attributes []Attribute
	Blocks     []Block
}

// Attribute is one argument.
type Attribute struct {
	Name string
	Type cty.Type
	Doc  string // one sentence; says unit and meaning

	Required  bool
	Default   cty.Value // used when the playbook leaves the argument out; cty.NilVal means null
	OneOf     []string  // the only strings allowed, where the list is short and closed
	Source    Source    // where the value comes from; the zero value is the playbook itself
	Sensitive bool      // redacted wherever it is shown
}

// Source says what the playbook's expression stands for. What a module receives has the type SourceType gives.
type Source string

const (
	FromPlaybook   Source = ""            // the value itself
	FromFile       Source = "file"        // a path; the module receives File: its text and its name
	FromSecretFile Source = "secret_file" // a path or secret(...); the module receives a Handle
	FromSecret     Source = "secret"      // a string or secret(...); the module receives a Handle
)

// Block is a nested block that may stand at most once (or, with Repeat, any number of times).
type Block struct {
	Name     string
	Doc      string
	Required bool
	Repeat   bool
	Schema   Schema
}

// Reserved names belong to the engine in every task and health block; no module may use them.
var Reserved = []string{"for_each", "when", "depends_on", "notify", "tags", "run", "fan_out", "rollout", "health", "within", "stable"}

var nameRE = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)

// ValidName reports whether s can name a module, an argument or a plugin.
func ValidName(s string) bool { return nameRE.MatchString(s) }

// Verify reports the first thing about a description that the engine would refuse; every served module is verified when
// its process starts.
func (d Description) Verify() error {
	if !ValidName(d.Name) {
		return fmt.Errorf("module name %q: want lower-case letters, digits and _", d.Name)
	}
	if d.Kind != State && d.Kind != Action && d.Kind != Probe {
		return fmt.Errorf("module %s: kind %q is none of state, action, probe", d.Name, d.Kind)
	}
	if d.Probes && d.Kind != Action {
		return fmt.Errorf("module %s: only an action probes, this is a %s", d.Name, d.Kind)
	}
	if err := d.Args.verify(d.Name, true); err != nil {
		return err
	}
	return d.Outputs.verify(d.Name, false)
}

func (s Schema) verify(where string, top bool) error {
	seen := map[string]bool{}
	check := func(name string) error {
		if !ValidName(name) || seen[name] {
			return fmt.Errorf("module %s: argument %q is misnamed or named twice", where, name)
		}
		seen[name] = true
		for _, r := range Reserved {
			if top && r == name {
				return fmt.Errorf("module %s: argument %q is a reserved name", where, name)
			}
		}
		return nil
	}
	for _, a := range s.Attributes {
		if err := check(a.Name); err != nil {
			return err
		}
		if a.Type == cty.NilType {
			return fmt.Errorf("module %s: argument %q has no type", where, a.Name)
		}
	}
	for _, b := range s.Blocks {
		if err := check(b.Name); err != nil {
			return err
		}
		if err := b.Schema.verify(where+"."+b.Name, false); err != nil {
			return err
		}
	}
	return nil
}

// Type is the cty type of a value of this schema as a module receives it.
func (s Schema) Type() cty.Type {
	attrs := map[string]cty.Type{}
	for _, a := range s.Attributes {
		attrs[a.Name] = a.ReceivedType()
	}
	for _, b := range s.Blocks {
		t := b.Schema.Type()
		if b.Repeat {
			t = cty.List(t)
		}
		attrs[b.Name] = t
	}
	return cty.Object(attrs)
}

// ReceivedType is the type of the argument as the module receives it, which differs from Type for files and secrets.
func (a Attribute) ReceivedType() cty.Type {
	switch a.Source {
	case FromFile:
		return FileType
	case FromSecretFile, FromSecret:
		return HandleType
	default:
		return a.Type
	}
}
