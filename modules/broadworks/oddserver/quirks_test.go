package oddserver

import "time"

// quirks are all the choices of one host. The zero value is the server of the facts page's printed transcripts.
type quirks struct {
	// The login shell.
	Prompt     string        // "" is `bwadmin@HOST$ `; {time} is the time of day
	MOTD       string        // printed before the first prompt
	LoginDelay time.Duration // before anything is printed in a shell
	Missing    []string      // programs that are not installed
	NoLstart   bool          // ps knows only -ef and the columns of old Unix
	PlainSFTP  bool          // no extension of SFTP: no posix-rename, no fsync
	Home       string        // of the login; "" is /export/home/bwadmin

	// The terminal.
	Echo    string // "", none, double, late, redraw, wrap, hardwrap
	Pace    string // "", bytes, pause, promptpause
	Color   string // "", color, reset: what surrounds bwcli's prompt
	NoBlank bool   // bwcli's prompt ends with >

	// bwcli as a program.
	StartDelay time.Duration
	Licence    bool
	TooMany    bool   // the first bwcli is refused
	Login      string // "": none; else the password prompt of the AS
	LevelsOnly bool   // cd knows no absolute path
	LowerCase  bool   // the prompt shows level names in lower case
	Alarm      string // "", before, after, late: where asynchronous lines stand

	// Output.
	Table    string // "", left, hand, tabs, wide, shifted, squeezed, upper, title, headless
	Rule     string // "", "-", none, segments
	Footer   string // "", entry, rows, none, before
	Empty    string // "", footer, none, nothing, header
	KeyValue string // "" is `  k = v`; else a format of key and value
	Blanks   bool   // names with two blanks in a row
	Identity string // the header of ClientIdentity

	// Writes.
	Success   string   // "" is ...Done; none, Done, OK, successful, spaced
	Warning   string   // "" both R22 form and ...Done; only22, only24, broken, none
	Confirm   string   // the question before some writes; "" asks nothing
	Asks      []string // the commands before which it is asked, in lower case
	Error     string   // "" is `[Error] %s`; clierror, shout, bare, usage, blank, done, silent
	Duplicate bool     // a second add is accepted without a word
	Trust     string   // updateTrust of an alias in use: "" replaces, refuse, confirm
	NoGet     bool     // Certificates has no get

	// Restarting.
	Restart  string // "" blocks; confirm, yesno, atonce, dots, nonzero, cut, atonce-dots
	Fast     bool   // the CTI port never closes
	SameTime bool   // ps shows start times that do not change
	Health   string // what healthmon says meanwhile: "", refused, empty, odd, locked, well
	Sessions string // open bwcli during a restart: "", killed, note

	// What was there before, and what is refused.
	Prior  string   // "", trust, iface, tls, ident
	Refuse []string // commands that are always refused, in lower case
}

type option struct {
	name string
	set  func(*quirks)
}

// replacing are the commands that replace what is there, which servers may ask about.
var replacing = []string{"updatetrust", "sslupdate"}

// axes hold the other choices, one list per question that the facts leave open.
var axes = [][]option{
	{
		{"prompt hash", func(q *quirks) { q.Prompt = "[root@{host} bw]# " }},
		{"prompt angle", func(q *quirks) { q.Prompt = "\x1b[32m{host}\x1b[0m > \x1b[0m" }},
		{"prompt dir", func(q *quirks) { q.Prompt = "bwadmin@{host}:~$ " }},
		{"prompt two lines", func(q *quirks) { q.Prompt = "\x1b]0;bwadmin@{host}\x07┌─[bwadmin@{host}]\n└─$ " }},
		{"prompt time", func(q *quirks) { q.Prompt = "[{time}] bwadmin@{host}$ " }},
		{"prompt percent", func(q *quirks) { q.Prompt = "{host}% " }},
		{"prompt bracketed paste", func(q *quirks) { q.Prompt = "\x1b[?2004hbwadmin@{host}$ " }},
		{"prompt without blank", func(q *quirks) { q.Prompt = "bwadmin@{host}$" }},
	},
	{
		{"motd", func(q *quirks) {
			q.MOTD = "\n  *** Authorised use only ***\n\nLast login: Fri Nov 20 09:12:44 2026 from 10.0.0.9\n"
		}},
		{"motd like a prompt", func(q *quirks) {
			q.MOTD = "Welcome to {host}\nRead /etc/policy before you go on> \nor type: help $ \n\n"
		}},
		{"login slow", func(q *quirks) { q.LoginDelay = 1500 * time.Millisecond }},
		{"motd slow", func(q *quirks) { q.LoginDelay, q.MOTD = time.Second, "Loading profile...\n" }},
	},
	{
		{"no sha256sum", func(q *quirks) { q.Missing = []string{"sha256sum"} }},
		{"no digests", func(q *quirks) { q.Missing = []string{"sha256sum", "shasum", "openssl", "stat"} }},
		{"ps without lstart", func(q *quirks) { q.NoLstart = true }},
		{"plain sftp", func(q *quirks) { q.PlainSFTP = true }},
		{"home elsewhere", func(q *quirks) { q.Home = "/opt/users/bw admin" }},
	},
	{
		{"echo none", func(q *quirks) { q.Echo = "none" }},
		{"echo double", func(q *quirks) { q.Echo = "double" }},
		{"echo late", func(q *quirks) { q.Echo = "late" }},
		{"echo redraw", func(q *quirks) { q.Echo = "redraw" }},
		{"echo wrap", func(q *quirks) { q.Echo = "wrap" }},
		{"echo hardwrap", func(q *quirks) { q.Echo = "hardwrap" }},
	},
	{
		{"pace bytes", func(q *quirks) { q.Pace = "bytes" }},
		{"pace pause", func(q *quirks) { q.Pace = "pause" }},
		{"pace promptpause", func(q *quirks) { q.Pace = "promptpause" }},
	},
	{
		{"cli colour", func(q *quirks) { q.Color = "color" }},
		{"cli reset", func(q *quirks) { q.Color = "reset" }},
		{"cli no blank", func(q *quirks) { q.NoBlank = true }},
		{"cli no blank reset", func(q *quirks) { q.NoBlank, q.Color = true, "reset" }},
	},
	{
		{"start slow", func(q *quirks) { q.StartDelay = 2 * time.Second }},
		{"licence", func(q *quirks) { q.Licence = true }},
	},
	{
		{"login", func(q *quirks) { q.Login = "Password:" }},
		{"login blank", func(q *quirks) { q.Login = "Password: " }},
		{"login lower", func(q *quirks) { q.Login = "password:" }},
		{"login user", func(q *quirks) { q.Login = "Enter password for webadmin: " }},
	},
	{
		{"levels only", func(q *quirks) { q.LevelsOnly = true }},
		{"lower case levels", func(q *quirks) { q.LowerCase = true }},
	},
	{
		{"alarm before", func(q *quirks) { q.Alarm = "before" }},
		{"alarm after", func(q *quirks) { q.Alarm = "after" }},
		{"alarm late", func(q *quirks) { q.Alarm = "late" }},
	},
	{
		{"table left", func(q *quirks) { q.Table = "left" }},
		{"table hand", func(q *quirks) { q.Table = "hand" }},
		{"table tabs", func(q *quirks) { q.Table = "tabs" }},
		{"table wide", func(q *quirks) { q.Table = "wide" }},
		{"table shifted", func(q *quirks) { q.Table = "shifted" }},
		{"table squeezed", func(q *quirks) { q.Table = "squeezed" }},
		{"table upper", func(q *quirks) { q.Table = "upper" }},
		{"table title", func(q *quirks) { q.Table = "title" }},
		{"names with blanks", func(q *quirks) { q.Blanks = true }},
	},
	{
		{"rule dashes", func(q *quirks) { q.Rule = "-" }},
		{"rule segments", func(q *quirks) { q.Rule = "segments" }},
		{"rule none", func(q *quirks) { q.Rule = "none" }},
	},
	{
		{"footer entry", func(q *quirks) { q.Footer = "entry" }},
		{"footer rows", func(q *quirks) { q.Footer = "rows" }},
		{"footer none", func(q *quirks) { q.Footer = "none" }},
		{"footer before", func(q *quirks) { q.Footer = "before" }},
	},
	{
		{"empty footer", func(q *quirks) { q.Empty = "footer" }},
		{"empty none", func(q *quirks) { q.Empty = "none" }},
		{"empty nothing", func(q *quirks) { q.Empty = "nothing" }},
		{"empty header", func(q *quirks) { q.Empty = "header" }},
	},
	{
		{"value bare", func(q *quirks) { q.KeyValue = "%s = %s" }},
		{"value tight", func(q *quirks) { q.KeyValue = "%s=%s" }},
		{"value colon", func(q *quirks) { q.KeyValue = "   %s : %s" }},
		{"value quoted", func(q *quirks) { q.KeyValue = "  %s = \"%s\"" }},
		{"value column", func(q *quirks) { q.KeyValue = "  %-28s = %s" }},
	},
	{
		{"identity name", func(q *quirks) { q.Identity = "Name" }},
		{"identity long", func(q *quirks) { q.Identity = "Certificate Common Name" }},
		{"identity key", func(q *quirks) { q.Identity = "clientId" }},
	},
	{
		{"success none", func(q *quirks) { q.Success = "none" }},
		{"success Done", func(q *quirks) { q.Success = "Done" }},
		{"success OK", func(q *quirks) { q.Success = "OK" }},
		{"success successful", func(q *quirks) { q.Success = "Command successful" }},
		{"success spaced", func(q *quirks) { q.Success = "\n  ...Done  \n" }},
	},
	{
		{"warning only R22", func(q *quirks) { q.Warning = "only22" }},
		{"warning only R24", func(q *quirks) { q.Warning = "only24" }},
		{"warning broken", func(q *quirks) { q.Warning = "broken" }},
		{"warning none", func(q *quirks) { q.Warning = "none" }},
	},
	{
		{"error clierror", func(q *quirks) { q.Error = "clierror" }},
		{"error shout", func(q *quirks) { q.Error = "shout" }},
		{"error bare", func(q *quirks) { q.Error = "bare" }},
		{"error usage", func(q *quirks) { q.Error = "usage" }},
		{"error empty", func(q *quirks) { q.Error = "blank" }},
	},
	{
		{"duplicate accepted", func(q *quirks) { q.Duplicate = true }},
		{"no certificates get", func(q *quirks) { q.NoGet = true }},
		{"prior trust", func(q *quirks) { q.Prior = "trust" }},
		{"prior trust refused", func(q *quirks) { q.Prior, q.Trust = "trust", "refuse" }},
		{"prior trust confirmed", func(q *quirks) { q.Prior, q.Trust = "trust", "confirm" }},
		{"prior interface", func(q *quirks) { q.Prior = "iface" }},
		{"prior tls lists", func(q *quirks) { q.Prior = "tls" }},
		{"prior identities", func(q *quirks) { q.Prior = "ident" }},
	},
	{
		{"confirm plain", func(q *quirks) { q.Confirm, q.Asks = "Please confirm (Yes, Y, No, N): ", replacing }},
		{"confirm led", func(q *quirks) {
			q.Asks = replacing
			q.Confirm = "+++ WARNING +++ WARNING +++ WARNING +++\nThis may interrupt service on the interface. Continue?\n\nPlease confirm (Yes, Y, No, N): "
		}},
	},
	{
		{"restart cuts", func(q *quirks) { q.Restart = "cut" }},
		{"restart confirm", func(q *quirks) { q.Restart = "confirm" }},
		{"restart yesno", func(q *quirks) { q.Restart = "yesno" }},
		{"restart at once", func(q *quirks) { q.Restart = "atonce" }},
		{"restart dots", func(q *quirks) { q.Restart = "dots" }},
		{"restart non-zero", func(q *quirks) { q.Restart = "nonzero" }},
	},
	{
		{"port never closes", func(q *quirks) { q.Fast = true }},
		{"port never closes, at once", func(q *quirks) { q.Fast, q.Restart = true, "atonce" }},
		{"start times stay", func(q *quirks) { q.SameTime = true }},
		{"start times stay, at once", func(q *quirks) { q.SameTime, q.Restart = true, "atonce" }},
		{"only processes tell", func(q *quirks) { q.Fast, q.Health = true, "well" }},
		{"only the port tells", func(q *quirks) { q.SameTime, q.Health = true, "well" }},
		{"fast without lstart", func(q *quirks) { q.Fast, q.NoLstart = true, true }},
	},
	{
		{"health refused", func(q *quirks) { q.Health = "refused" }},
		{"health empty", func(q *quirks) { q.Health = "empty" }},
		{"health odd", func(q *quirks) { q.Health = "odd" }},
		{"health locked", func(q *quirks) { q.Health = "locked" }},
	},
	{
		{"sessions killed", func(q *quirks) { q.Sessions = "killed" }},
		{"sessions noted", func(q *quirks) { q.Sessions = "note" }},
	},
}

// unsafe are choices that the tool must not guess its way through: it fails with a diagnostic that holds the text, and
// leaves the host in order.
var unsafe = []struct {
	option
	says string
}{
	// Nobody said yes to what may interrupt a service.
	{option{"add asks", func(q *quirks) {
		q.Asks, q.Confirm = []string{"add"}, "This may interrupt service on the interface. Continue?\n\nPlease confirm (Yes, Y, No, N): "
	}}, "a question that the task did not foresee"},
	{option{"every session refused", func(q *quirks) { q.TooMany = true }}, "Too many sessions"},
	// Rows alone could be anything.
	{option{"no header", func(q *quirks) { q.Table, q.Rule, q.Prior = "headless", "none", "trust" }}, "could not read"},
	{option{"refused, bracketed", func(q *quirks) { q.Refuse = []string{"updatetrust", "add"} }}, "locked by another administrator"},
	{option{"refused, [CLIError]", func(q *quirks) { q.Refuse, q.Error = []string{"set", "add"}, "clierror" }}, "locked by another administrator"},
	{option{"refused, shouted", func(q *quirks) { q.Refuse, q.Error = []string{"sslupdate"}, "shout" }}, "locked by another administrator"},
	{option{"refused, bare", func(q *quirks) { q.Refuse, q.Error = []string{"add"}, "bare" }}, "locked by another administrator"},
	{option{"refused, with usage", func(q *quirks) { q.Refuse, q.Error = []string{"updatetrust", "add"}, "usage" }}, "locked by another administrator"},
	{option{"refused, between blanks", func(q *quirks) { q.Refuse, q.Error = []string{"set"}, "blank" }}, "locked by another administrator"},
	{option{"done, but not done", func(q *quirks) { q.Refuse, q.Error = []string{"updatetrust", "add"}, "done" }}, "does not show"},
	{option{"silent refusal", func(q *quirks) { q.Refuse, q.Error = []string{"set", "add"}, "silent" }}, "printed nothing"},
}
