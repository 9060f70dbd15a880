// Package tlsinfo knows the public facts of TLS that a configuration names or shows: protocol versions, cipher suites by
// their IANA and OpenSSL names, certificates, chains and the keys that fit them.
//
// Its nouns: a [Suite] is one registered cipher suite; a bundle is PEM text with certificates in it, read by
// [Certificates], which accepts what people really paste (CRLF, a byte order mark, text around the blocks) with a note and
// refuses the rest with a cause; a chain is the issuers above a leaf. [Look] shows what a server presents on a connection that the
// caller made. The package dials nothing and knows no device.
package tlsinfo
