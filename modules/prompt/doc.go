// Package prompt holds a conversation with an interactive command line: it types a line, takes its echo away and waits
// for one of several prompts.
//
// Its nouns: a [Session] is the conversation over one sdk.Shell; a [Prompt] is a way in which the other side says that it
// waits for input; a [Reply] is what was printed between a line's echo and the prompt; the [Transcript] is what was said,
// without secrets. It knows no device: what the prompts look like and what the words mean belongs to a dialect, such as
// package bwcli. It reconnects nothing and retries nothing: after an [Error] the conversation is out of step, and the
// shell should be discarded.
//
// # How a prompt is told from data
//
// A prompt counts only as the last line of all output so far, from the line's start to its end. Output that arrives one
// byte at a time makes every line the last one for a moment, so a look-alike in the data could still be believed. No pause
// is ever waited for; instead a match that its dialect does not expect ([Prompt].Sure), or that comes before the echo of
// the line, is proved: an empty line is typed, which at an idle prompt ([Prompt].Idle) does nothing but show the prompt
// once more, and the reply ends where the prompt stood for the first time since. An expected prompt costs no extra round
// trip. If output of the line before nevertheless arrives late, the next reply reports it in [Reply].Late.
//
// In what pieces output arrives decides when an empty line is typed, and nothing else: the replies are the same.
package prompt
