package bwsim

import (
	"math/rand/v2"
	"time"

	"github.com/muster-run/muster/modules/broadworks/bwsim/internal/tty"
)

// dialect is one choice of everything that the public sources leave open. In
// every pick below the first option is what dialect 0 does: the literal text
// where one is published, else the most likely guess. assumed: all options but
// those that quote a published text.
type dialect struct {
	// the shell
	shellPrompt promptStyle
	shellColour bool
	motd        string
	pace        tty.Pace

	// bwcli's frame
	legacyBanner bool
	bannerIndent string
	cliColour    bool
	login        bool
	before       string // chatter before an answer
	after        string // chatter after it
	asyncEvery   int    // an asynchronous line after that many lines; 0 never
	asyncLate    bool   // it comes after the prompt, which is then repeated
	endsSessions bool   // a restart ends the bwcli sessions that were open

	// answers
	table   tableStyle
	footer  footerStyle
	indent  string // of key = value
	equals  string
	done    string
	restart restartStyle
	warning warningStyle
	errors  errorStyle
	texts   map[problem]string

	// behaviour
	confirmAbove  int
	confirmText   string
	trustExists   trustStyle
	trustTable    tableStyle
	identityTitle string
	ambiguous     int

	// restart and health
	restartAsks   bool
	restartBlocks bool
	restartTalk   [2]string // begin and end
	downHangs     bool      // bwcli hangs instead of being refused during a restart
	downText      string
	health        healthStyle

	// HTTP and the authentication service
	apps          appStyle
	appWarns      bool   // undeploying asks
	appEffect     effect // of activating and deploying
	authName      string // of the context
	authEarly     bool   // it is there from activation on
	tokenEffect   effect
	tokenBody     tokenStyle
	keys          keyStyle
	keysAsk       askStyle
	importEffect  effect
	exported      string // chatter
	utilityEffect effect
	xsiEffect     effect
	options       optionStyle

	ntp      NTPTool
	oldClock bool // timedatectl speaks as in RHEL 7
}

// dice picks options by a seed; without a generator it always takes the first.
type dice struct{ *rand.Rand }

func pick[T any](d dice, options ...T) T {
	if d.Rand == nil {
		return options[0]
	}
	return options[d.IntN(len(options))]
}

// newDialect makes the dialect of a seed. The order of the picks is part of
// what a seed means: add new ones at the end.
func newDialect(seed uint64) *dialect {
	var d dice
	if seed != 0 {
		d.Rand = rand.New(rand.NewPCG(seed, 0x6277))
	}
	v := &dialect{}
	v.pickFrame(d)
	v.pickAnswers(d)
	v.pickBehaviour(d)
	v.pickRestart(d)
	v.pickWeb(d)
	return v
}

func (v *dialect) pickFrame(d dice) {
	v.shellPrompt = pick(d, promptShort, promptLong, promptTight, promptAngle)
	v.shellColour = pick(d, false, false, true)
	v.motd = pick(d, "", "", "Last login: Fri Nov 20 08:15:02 2026 from 10.0.0.5\n",
		"***********************************************\n* Authorised use only. All use is > recorded. *\n***********************************************\n")
	v.pace = tty.Pace{
		Chunk: pick(d, 0, 0, 1, 7, 64),
		Pause: pick(d, 0, 0, time.Millisecond, 3*time.Millisecond),
	}
	v.legacyBanner = pick(d, false, false, true)
	v.bannerIndent = pick(d, "  ", "  ", "")
	v.cliColour = pick(d, false, false, true)
	v.login = pick(d, false, false, true)
	v.before = pick(d, "", "", "", "\n", "Retrieving data... Please wait...\n")
	v.after = pick(d, "", "", "\n", "\n\n")
	v.asyncEvery = pick(d, 0, 0, 0, 3, 5)
	v.endsSessions = pick(d, false, true)
}

func (v *dialect) pickAnswers(d dice) {
	v.table = pick(d, tableByRule, tableByRule, tableShifted, tableByHand, tableLeft)
	v.footer = pick(d, footerWhenEmpty, footerAlways, footerNever, footerSingular)
	v.indent = pick(d, "  ", "", "   ")
	v.equals = pick(d, " = ", " = ", " = ", "  =  ")
	v.done = pick(d, "...Done\n", "...Done\n", "...Done\n[The change was written to the configuration system.]\n", "\n...Done\n")
	v.restart = pick(d, warningOnly, doneThenWarning, warningThenDone, doneOnly)
	v.warning = pick(d, warningByRelease, warningStars, warningPlain)
	v.errors = pick(d, errorBracket, errorCommand, errorBare, errorWrite)
	v.texts = map[problem]string{}
	for p := problem(0); p <= refused; p++ {
		v.texts[p] = pick(d, problemTexts[p]...)
	}
}

func (v *dialect) pickBehaviour(d dice) {
	v.confirmAbove = pick(d, 0, 0, 0, 1, 4)
	v.confirmText = pick(d, "filter through", "access")
	v.trustExists = pick(d, trustReplaces, trustRefuses, trustAsks)
	v.identityTitle = pick(d, "Client Identity", "Identity", "Common Name", "Name")
	v.trustTable = pick(d, tableByHand, v.table)
	v.ambiguous = pick(d, 0, 1, 2)
}

func (v *dialect) pickRestart(d dice) {
	v.restartAsks = pick(d, false, false, true)
	v.restartBlocks = pick(d, true, false)
	v.restartTalk = pick(d,
		[2]string{"Stopping BroadWorks...\n", "Starting BroadWorks...\n"},
		[2]string{"Restarting BroadWorks...\nStopping [done]\n", "Starting [done]\n...Done\n"},
		[2]string{"", ""})
	v.downHangs = pick(d, false, false, true)
	v.downText = pick(d, "BroadWorks is not running.", "[Error] The configuration agent is not available.",
		"Unable to connect to the configuration system. Please try again later.")
	v.health = pick(d,
		healthStyle{"CRITICAL", 0, "Abnormal conditions detected:\n  - BroadWorks processes are not running."},
		healthStyle{"HIGH", 1, "*** PMAlarm: process down ***\n*** 1 abnormal condition detected ***"},
		healthStyle{"WARNING", 2, "   [WARNING] Server is starting"})
	v.asyncLate = pick(d, false, false, true)
}
