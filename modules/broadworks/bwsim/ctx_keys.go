package bwsim

import (
	"crypto/rand"
	"errors"
	"path"

	"github.com/muster-run/muster/modules/broadworks/bwsim/internal/cli"
)

// keysFile is where exportKeys writes; the place cannot be chosen.
const keysFile = "/var/broadworks/tmp/authService.keys"

// keyStyle is what KeyManagement shows of the keys; nothing of it is published.
type keyStyle int

const (
	keysHidden keyStyle = iota // there is no get
	keysDigest
	keysDate // of their arrival on this host
	keysYesNo
	keysSilent // get prints nothing
)

// keyManagement is Applications/AuthenticationService/KeyManagement. assumed:
// get, generateKeys, and everything that is printed.
func (h *Host) keyManagement() *cli.Level {
	file := cli.Param{Name: "file", Doc: "The path of a file that exportKeys wrote.", Type: cli.String{Min: 1, Max: 255}}
	l := level("KeyManagement",
		&cli.Command{Name: "exportKeys", Summary: "export the keys to " + keysFile, Run: h.exportKeys},
		&cli.Command{Name: "generateKeys", Summary: "replace the keys by new ones", Run: h.generateKeys},
		&cli.Command{Name: "importKeys", Summary: "import keys that another server exported", Params: []cli.Param{file}, Run: h.importKeys},
	)
	if h.dialect.keys != keysHidden {
		l.Entries = append(l.Entries, &cli.Command{Name: "get", Summary: "show the keys", Run: h.getKeys})
	}
	return l
}

func (h *Host) getKeys(c *cli.Call) error {
	keys := h.Stored().Keys
	switch h.dialect.keys {
	case keysDigest:
		return h.keyValue(c, "keyFingerprint", fingerprint(keys))
	case keysDate:
		at := ""
		if keys.Exist() {
			at = keys.since.UTC().Format("2006-01-02 15:04:05")
		}
		return h.keyValue(c, "keysLastModified", at)
	case keysYesNo:
		return h.keyValue(c, "keysPresent", map[bool]string{false: "false", true: "true"}[keys.Exist()])
	}
	h.answer(c, "")
	return nil
}

// fingerprint is a part of the digest, in the form that certificates have.
func fingerprint(k Keys) string {
	text := ""
	for i := 0; i < len(k.Digest()) && i < 40; i += 2 {
		if i > 0 {
			text += ":"
		}
		text += k.Digest()[i : i+2]
	}
	return text
}

// exportKeys writes the keys that are stored. assumed: without keys it is
// refused, and a file that is there is replaced.
func (h *Host) exportKeys(c *cli.Call) error {
	keys := h.Stored().Keys
	switch {
	case h.opts.Profile.Account == Viewer:
		return h.refuse(c, noPrivilege)
	case !keys.Exist():
		return h.refuse(c, noKeys)
	}
	if err := h.writeKeys(keys); err != nil {
		return h.refuse(c, cannotWrite, keysFile)
	}
	h.answer(c, h.dialect.exported+h.dialect.done)
	return nil
}

// writeKeys leaves what fits on a full disk.
func (h *Host) writeKeys(keys Keys) error {
	var salt []byte
	if h.opts.Profile.SaltedExport {
		salt = []byte(rand.Text())
	}
	data := keys.file(salt)
	if _, empty := h.fault(ExportEmpty); empty {
		data = nil
	}
	defer h.wrote(0, keysFile)
	return h.fs.WriteFile(keysFile, data, 0o600)
}

// importKeys stores keys from a file. assumed: that it needs a restart, by
// dialect.
func (h *Host) importKeys(c *cli.Call) error {
	file := c.Arg("file")
	data, err := h.fs.ReadFile(file)
	if err != nil || !path.IsAbs(file) {
		return h.refuse(c, noSuchFile, file)
	}
	keys, err := parseKeys(data)
	switch {
	case errors.Is(err, errForeignKeys):
		return h.refuse(c, foreignKeys, file)
	case err != nil:
		return h.refuse(c, corruptKeys, file)
	}
	if yes, err := h.agreeToKeys(c, "Importing keys will replace the current keys. Continue?"); err != nil || !yes {
		return err
	}
	return h.storeKeys(c, keys, KeysImported)
}

// generateKeys cycles the keys. assumed: that there is such a command; the guide
// only says that keys can be cycled.
func (h *Host) generateKeys(c *cli.Call) error {
	if yes, err := h.agreeToKeys(c, "Tokens that were issued with the current keys will be refused. Continue?"); err != nil || !yes {
		return err
	}
	return h.storeKeys(c, NewKeys(), KeysMade)
}

func (h *Host) storeKeys(c *cli.Call, keys Keys, kind EventKind) error {
	stored := false
	err := h.edit(c, h.dialect.importEffect, func(cfg *Config) *refusal {
		cfg.Keys, stored = keys, true
		return nil
	})
	if stored {
		h.record(Event{Kind: kind, SHA256: keys.Digest()})
	}
	return err
}

// askStyle is when replacing keys asks first.
type askStyle int

const (
	asksNever askStyle = iota
	asksWhenReplacing
	asksAlways
)

func (h *Host) agreeToKeys(c *cli.Call, warning string) (bool, error) {
	ask := h.dialect.keysAsk
	if ask == asksNever || ask == asksWhenReplacing && !h.Stored().Keys.Exist() {
		return true, nil
	}
	c.Print(warning + "\n\n")
	return c.Confirm()
}
