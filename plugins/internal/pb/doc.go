// Package pb is the code generated from plugins/protocol/module.proto by .tools/generate-proto.sh: messages, clients and
// server interfaces of the plugin protocol. Nothing outside plugins/ sees it; package wire turns it into the sdk's types.
package pb
