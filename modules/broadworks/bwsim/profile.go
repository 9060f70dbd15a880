package bwsim

import "time"

// Profile switches features on that the dialect may also have chosen.
type Profile struct {
	// Login says whether the AS's bwcli hides most levels until login.
	Login LoginMode
	// LegacyBanner prints "Reading initial CLI command file..." at the start.
	LegacyBanner bool
	// ColourPrompt wraps shell and bwcli prompts in ANSI sequences.
	ColourPrompt bool
	// StartDelay is how long bwcli takes to print its banner; default 0.
	StartDelay time.Duration
	// ConfirmAbove makes a get that would list more entries than this ask
	// first; 0 leaves the choice to the dialect.
	ConfirmAbove int
	// SaltedExport makes every exportKeys write other bytes for the same keys.
	SaltedExport bool
	// NTP says which commands show the clock's synchronisation.
	NTP NTPTool
	// Account is what the account may do.
	Account AccountRole
}

// AccountRole is the role that an account was made with.
type AccountRole int

// The roles; the zero value may do everything.
const (
	Works    AccountRole = iota
	Operator             // may configure, but neither start nor stop
	Viewer               // may only look
)

// NTPTool is what keeps a host's clock.
type NTPTool int

// The tools; the zero value leaves the choice to the dialect, and dialect 0 has
// chrony.
const (
	NTPByDialect   NTPTool = iota
	NTPChrony              // chronyc and timedatectl
	NTPDaemon              // ntpq
	NTPTimedatectl         // timedatectl alone
	NTPNone                // no such command
)

// LoginMode is whether an AS demands the bwcli login.
type LoginMode int

// The login modes; the zero value leaves the choice to the dialect, and
// dialect 0 demands none.
const (
	LoginByDialect LoginMode = iota
	LoginRequired
	LoginOff
)

// over fills the switches that are off from the fleet's profile.
func (p Profile) over(fleet Profile) Profile {
	if p.Login == LoginByDialect {
		p.Login = fleet.Login
	}
	p.LegacyBanner = p.LegacyBanner || fleet.LegacyBanner
	p.ColourPrompt = p.ColourPrompt || fleet.ColourPrompt
	if p.StartDelay == 0 {
		p.StartDelay = fleet.StartDelay
	}
	if p.ConfirmAbove == 0 {
		p.ConfirmAbove = fleet.ConfirmAbove
	}
	p.SaltedExport = p.SaltedExport || fleet.SaltedExport
	if p.NTP == NTPByDialect {
		p.NTP = fleet.NTP
	}
	p.Account = max(p.Account, fleet.Account)
	return p
}
