package sdk

import "github.com/zclconf/go-cty/cty"

// File is what a module receives for an argument whose Source is FromFile.
type File struct {
	Path string `cty:"path"` // as the playbook gives it, for messages
	Text string `cty:"text"`
}

// FileType is File as a cty type.
var FileType = cty.Object(map[string]cty.Type{"path": cty.String, "text": cty.String})

// Handle stands for a secret that the engine holds. A module can have it placed in a file (Conn.Put), typed at a prompt
// (Shell.SendLine) or used as a signing key (Conn.Signer), and can compare its public facts; it cannot read it.
type Handle struct {
	ID     string `cty:"id"`     // opaque; valid only while the node runs
	Name   string `cty:"name"`   // for messages: a path or a prompt's name, never content
	Size   int64  `cty:"size"`   // bytes
	SHA256 string `cty:"sha256"` // hex, of the bytes; empty for secrets so short that a digest could be guessed
	// PublicKey is the PKIX PEM of the public half when the secret is exactly one private key, else empty.
	PublicKey string `cty:"public_key"`
}

// HandleType is Handle as a cty type.
var HandleType = cty.Object(map[string]cty.Type{
	"id": cty.String, "name": cty.String, "size": cty.Number, "sha256": cty.String, "public_key": cty.String,
})
