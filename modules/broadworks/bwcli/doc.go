// Package bwcli speaks bwcli, the command line of BroadWorks servers, over package prompt.
//
// Its nouns: a [CLI] is a running bwcli on one host; a context is a level of its tree, written as an absolute path such as
// "/Interface/CTI/CTIServer"; a [Listing] is what get prints, a table or key = value lines; a [Command] changes something
// and gets an [Answer], which may be a refusal. A [Shell] is the host's own shell beside it, for the commands that must
// not be typed inside bwcli.
//
// The dialect is known from published transcripts that differ from each other in layout and wording, so everything here
// reads tolerantly and believes a change only when it was read back, which is the caller's part. It decides nothing about
// what a host should be: that is what the modules are for.
package bwcli
