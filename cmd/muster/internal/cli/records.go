package cli

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"

	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/journal"
	"github.com/muster-run/muster/engine/lease"
	"github.com/muster-run/muster/engine/secret"
)

// records is where this user's runs are kept, and the key that digests are made with.
type records struct {
	store *journal.Store
	key   *secret.Key
}

// records opens them; what is wrong with the place is found before any host is contacted.
func (a *app) records() (*records, error) {
	dir, err := journal.Dir(a.Environ)
	if err != nil {
		return nil, unusable(err)
	}
	store, err := journal.Open(dir)
	if err != nil {
		return nil, unusable(err)
	}
	key, err := secret.UserKey(dir)
	if err != nil {
		return nil, unusable(err)
	}
	return &records{store, key}, nil
}

func unusable(err error) error {
	d := diag.Diagnostic{Code: diag.StateUnusable, Summary: "runs cannot be recorded", Detail: err.Error(),
		Advice: "Make it usable, or set XDG_STATE_HOME to a directory of your own."}
	var unsafe *journal.Unsafe
	if errors.As(err, &unsafe) {
		d.Detail, d.Advice = unsafe.Path+" "+unsafe.Reason+".", asSentence(unsafe.Advice)
	}
	var bad *secret.Error
	if errors.As(err, &bad) && bad.Advice != "" {
		d.Detail, d.Advice = bad.Summary+".", asSentence(bad.Advice)
	}
	return problem(d)
}

// unreadable is a run whose journal cannot be used.
func unreadable(run int, err error) error {
	if errors.Is(err, journal.ErrNoRun) {
		return problem(diag.Diagnostic{Code: diag.UnknownRun, Summary: fmt.Sprintf("there is no run %d", run), Advice: "All runs: muster history"})
	}
	return problem(diag.Diagnostic{Code: diag.StateUnusable, Summary: fmt.Sprintf("the record of run %d cannot be used", run), Detail: asSentence(err.Error()),
		Advice: "Nothing is lost on the hosts: muster apply reads them all again, and runs restarts that are owed."})
}

// asSentence begins with a capital and ends with a full stop.
func asSentence(s string) string {
	if s == "" {
		return s
	}
	if s[0] >= 'a' && s[0] <= 'z' {
		s = string(s[0]-'a'+'A') + s[1:]
	}
	if last := s[len(s)-1]; last != '.' && last != '!' && last != '?' {
		s += "."
	}
	return s
}

// chosen is the run that a command means: the number given, or the newest of this working directory.
func (a *app) chosen(rs *records, args []string) (int, error) {
	if len(args) > 0 {
		return a.numbered(rs, args[0])
	}
	list, err := rs.store.List()
	if err != nil {
		return 0, unusable(err)
	}
	for i, in := range list {
		if in.Err != nil || in.Begin.WorkDir != a.Dir {
			continue
		}
		if dark := slices.IndexFunc(list[:i], func(in journal.Info) bool { return in.Err != nil }); dark >= 0 {
			return 0, problem(diag.Diagnostic{Code: diag.StateUnusable, Summary: fmt.Sprintf("the record of run %d, a newer one, cannot be read", list[dark].Run),
				Detail: asSentence(list[dark].Err.Error()), Advice: fmt.Sprintf("Name the run that you mean. The newest of this directory that can be read is %d.", in.Run)})
		}
		return in.Run, nil
	}
	d := diag.Diagnostic{Code: diag.UnknownRun, Summary: "nothing was run from this directory yet", Detail: "Without a number, a command means the newest run of the working directory.",
		Advice: "Use: muster apply"}
	if len(list) > 0 {
		d.Advice = "Name one: muster history --all"
	}
	return 0, problem(d)
}

func (a *app) numbered(rs *records, word string) (int, error) {
	n, err := strconv.Atoi(word)
	if err == nil {
		if _, err := os.Lstat(rs.store.Path(n)); err == nil {
			return n, nil
		}
	}
	list, failed := rs.store.List()
	if failed != nil {
		return 0, unusable(failed)
	}
	d := diag.Diagnostic{Code: diag.UnknownRun, Summary: fmt.Sprintf("there is no run %q", word), Advice: "Nothing was run yet. Use: muster apply"}
	lead := "command line, "
	d.Source, d.Mark = lead+word, &diag.Mark{From: len(lead), To: len(lead) + len(word)}
	if len(list) > 0 {
		d.Detail = fmt.Sprintf("There are runs %d to %d; the newest was %s.", list[len(list)-1].Run, list[0].Run, describe(list[0]))
		d.Advice = "All runs: muster history --all"
	}
	return 0, problem(d)
}

// describe is a run in a few words.
func describe(in journal.Info) string {
	if in.Err != nil {
		return "one whose record cannot be read"
	}
	return fmt.Sprintf("%s, %s", filepath.Base(in.Begin.Playbook), in.Began.Local().Format("2006-01-02 15:04"))
}

// self is this process as it is recorded, and as other runs see it on the hosts.
func self() journal.Process {
	p := journal.Process{User: strconv.Itoa(os.Getuid()), Machine: "unknown", PID: os.Getpid()}
	if u, err := user.Current(); err == nil {
		p.User = u.Username
	}
	if name, err := os.Hostname(); err == nil {
		p.Machine = name
	}
	return p
}

// by is a process as others are told of it.
func by(p journal.Process) string { return fmt.Sprintf("%s@%s", p.User, p.Machine) }

// deadOwner tells whether a lease's owner is a process of this machine that is known to have ended: it stands in a journal
// of ours, and nobody holds that journal any more but this process, which works on run.
func (rs *records) deadOwner(o lease.Owner, run int) bool {
	me := self()
	if o.Machine != me.Machine || o.User != me.User || o.Run == 0 || o.PID == me.PID {
		return false
	}
	st, err := rs.store.Read(o.Run)
	if err != nil {
		return false
	}
	for _, p := range st.Processes {
		if p.PID == o.PID && p.Machine == o.Machine && p.User == o.User {
			if o.Run == run {
				return true // or this process could not have its journal
			}
			_, running := rs.store.Running(o.Run)
			return !running && errors.Is(syscall.Kill(o.PID, 0), syscall.ESRCH)
		}
	}
	return false
}
