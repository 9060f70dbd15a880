package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// pemCommand makes files of certificates and keys for scripts:
//
//	pem pick FILE OUT N...     the blocks of FILE with those numbers, counted from 1, in that order
//	pem wrap FILE OUT          with text before, between and after the blocks, as people keep them
//	pem crlf FILE OUT          with Windows' line ends and a byte order mark
//	pem expired OUT            a CA certificate of the past
//	pem key OUT                a new private key
func pemCommand(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: pem pick|wrap|crlf|expired|key FILE...")
	}
	write := func(out, text string) { ts.Check(os.WriteFile(ts.MkAbs(out), []byte(text), 0o600)) }
	switch verb := args[0]; verb {
	case "expired":
		write(args[1], expired(ts))
	case "key":
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		ts.Check(err)
		write(args[1], keyText(ts, key))
	default:
		blocks := blocksOf(ts.ReadFile(args[1]))
		var text string
		switch verb {
		case "pick":
			for _, n := range args[3:] {
				text += blocks[int(n[0]-'1')]
			}
		case "wrap":
			text = "Downloaded from the hub\n" + strings.Join(blocks, "subject=something\n") + "the end\n"
		case "crlf":
			text = "\ufeff" + strings.ReplaceAll(strings.Join(blocks, ""), "\n", "\r\n")
		}
		write(args[2], text)
	}
}

func blocksOf(text string) []string {
	var blocks []string
	for rest := []byte(text); ; {
		var b *pem.Block
		if b, rest = pem.Decode(rest); b == nil {
			return blocks
		}
		blocks = append(blocks, string(pem.EncodeToMemory(b)))
	}
}

func expired(ts *testscript.TestScript) string {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ts.Check(err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Old Root"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().AddDate(-3, 0, 0), NotAfter: time.Now().AddDate(-1, 0, 0), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	ts.Check(err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func keyText(ts *testscript.TestScript, key *ecdsa.PrivateKey) string {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	ts.Check(err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}
