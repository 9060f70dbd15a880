package cli

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/muster-run/muster/cmd/muster/internal/view"
	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/event"
)

func (a *app) export() *cobra.Command {
	var junit, asJSON string
	cmd := &cobra.Command{
		Use:   "export [RUN]",
		Short: "Write a run for other programs: JUnit or JSON lines.",
		Example: `muster export --junit cti.xml             the newest run of this directory
muster export 43 --json - | jq .type      every event; - is standard output`,
		Args:        tooMany(1),
		Annotations: map[string]string{exits: exitsStatic},
	}
	cmd.Flags().StringVar(&junit, "junit", "", "a suite per play, a case per task of a host, to `FILE`")
	cmd.Flags().StringVar(&asJSON, "json", "", "every event, a line each, to `FILE`")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		if junit == "" && asJSON == "" {
			return problem(diag.Diagnostic{Code: diag.BadFlag, Summary: "export needs a form and a file", Advice: "Use: muster export --junit FILE, or --json FILE; - is standard output"})
		}
		rs, err := a.records()
		if err != nil {
			return err
		}
		run, err := a.chosen(rs, args)
		if err != nil {
			return err
		}
		if junit != "" {
			told, err := rs.retell(run)
			if err != nil {
				return err
			}
			if err := a.write(junit, func(w io.Writer) error { return view.JUnit(w, fmt.Sprintf("muster run %d", run), told.replay) }); err != nil {
				return err
			}
		}
		if asJSON == "" {
			return nil
		}
		return a.write(asJSON, func(w io.Writer) error {
			j := view.NewJSON(w)
			err := rs.store.Events(run, func(e event.Event) error { j.Handle(e); return nil })
			if err != nil {
				return unreadable(run, err)
			}
			return nil
		})
	}
	return cmd
}

// write fills a file, or standard output for "-". A file is there whole or not at all.
func (a *app) write(path string, fill func(io.Writer) error) error {
	if path == "-" {
		return fill(a.Out)
	}
	var b bytes.Buffer
	if err := fill(&b); err != nil {
		return err
	}
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		return problem(diag.Diagnostic{Code: diag.FileUnwritable, Summary: fmt.Sprintf("%q cannot be written", path), Detail: asSentence(err.Error()),
			Advice: "Choose a directory that you may write to and that has room."})
	}
	return nil
}
