// Package copy is the module copy: it keeps a file of the host at a content, a mode and an owner.
//
// Its nouns: the source is what the file is to hold, a text or a secret behind a handle; the target is what the host has
// at the path. It copies one file: no directories, and nothing from the host to here.
package copy

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/muster-run/muster/plugins/sdk"
)

// Module is the module copy.
type Module struct{}

const doc = `Exactly one of ` + "`content`, `file`, `secret_content` and `secret_file`" + ` says what the file is to hold. Size and SHA-256 are compared with
what the host has; where they or the mode differ, the file is written whole or not at all (a temporary file beside it, sync,
rename) and read back. A symbolic link at the path is replaced, not followed.

**Mode.** Left out, a file keeps its mode and a new one gets 0600; a secret always gets 0600 then.

**Owner.** What is written belongs to the login. With ` + "`owner`" + `, ` + "`chown`" + ` is run on the host where ` + "`find`" + ` says that somebody else owns the
file; hosts permit that to root only, and to others no more than a change to a group of theirs. The owner is set after the
file is in place, so a refusal leaves it there with the login as its owner, and the task fails.

**What is shown.** The plan shows the lines that differ where both sides are text of at most 64 KiB and everybody may read the
file on the host (mode with 4 at its end); otherwise sizes and digests only. ` + "`show_diff`" + ` decides otherwise, either way. Secrets are
never shown, and neither is what was there before them. A text with a secret in it belongs in ` + "`secret_content`" + `: in ` + "`content`" + ` its
old form on the host is not known to be secret.

**Secrets** stay with muster: the module compares public facts, and the engine writes the file. A secret under 16 bytes has
no digest, since it could be guessed from one; whether the host has it cannot be told, so each apply writes it anew.

` + "`file`" + ` and ` + "`content`" + ` are text in Unicode's composed form (NFC), as all values of a playbook are. Anything else, such as an
archive, can be given as ` + "`secret_file`" + `, which is carried byte by byte.`

// Describe says what the module takes and is.
func (Module) Describe() sdk.Description {
	return sdk.Description{
		Name:    "copy",
		Summary: "Keeps a file of the host at a content, mode and owner.",
		Doc:     doc,
		Example: `task "copy" "motd" {
  path    = "/etc/motd"
  content = "Managed by muster. ${host.data.site}\n"
  mode    = "0644"
}`,
		Kind: sdk.State,
		Args: sdk.Schema{Attributes: []sdk.Attribute{
			{Name: "path", Type: cty.String, Required: true, Doc: "The file on the host; begins with / or ~/."},
			{Name: "content", Type: cty.String, Doc: "What it is to hold, as it is: no line end is added."},
			{Name: "file", Type: cty.String, Source: sdk.FromFile, Doc: "File on the control machine whose text it is to hold."},
			{Name: "secret_content", Type: cty.String, Source: sdk.FromSecret, Sensitive: true, Doc: "Secret text that it is to hold."},
			{Name: "secret_file", Type: cty.String, Source: sdk.FromSecretFile, Sensitive: true, Doc: "File on the control machine, carried as a secret."},
			{Name: "mode", Type: cty.String, Doc: `Permissions in octal, such as "0640".`},
			{Name: "owner", Type: cty.String, Doc: "USER or USER:GROUP that the file is to belong to; default whoever writes it."},
			{Name: "checksum", Type: cty.String, Doc: "SHA-256 in hex that the source must have; with another one nothing is sent."},
			{Name: "make_dirs", Type: cty.Bool, Default: cty.False, Doc: "Whether missing directories above the file are made, with mode 0700."},
			{Name: "show_diff", Type: cty.Bool, Doc: "Whether differing lines are shown; default where everybody may read the file."},
		}},
		Outputs: sdk.Schema{Attributes: []sdk.Attribute{
			{Name: "sha256", Type: cty.String, Doc: "SHA-256 of the content, in hex; null for a secret under 16 bytes."},
			{Name: "size", Type: cty.Number, Doc: "Size in bytes."},
		}},
	}
}
