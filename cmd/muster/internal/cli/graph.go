package cli

import (
	"io"
	"strings"

	"github.com/spf13/cobra"
)

func (a *app) graph() *cobra.Command {
	var f runFlags
	var dot bool
	cmd := &cobra.Command{
		Use:   "graph [PLAYBOOK]",
		Short: "Show what waits for what. Contacts no host.",
		Long:  "Show what waits for what, as a tree or for Graphviz; with -i, on how many hosts.",
		Example: `muster graph playbooks/webex-cti.hcl -i inventory/prod.hcl
muster graph site.hcl --dot | dot -Tsvg > site.svg`,
		Args:        tooMany(1),
		Annotations: map[string]string{exits: exitsStatic},
	}
	f.selecting(cmd)
	cmd.Flags().BoolVar(&dot, "dot", false, "in Graphviz's language")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := f.check(); err != nil {
			return err
		}
		s, ds, err := a.load(cmd.Context(), &f, path(args))
		if err != nil {
			return err
		}
		defer s.close()
		a.show(problems{Diagnostics: ds, sources: s.Files()})
		switch {
		case ds.HasErrors():
			return code(exitUsage)
		case dot:
			return s.Plan().Dot(a.Out)
		}
		return s.Plan().Text(a.drawn(a.Out))
	}
	return cmd
}

// drawn is the writer with the characters of trees changed into ASCII where the locale is not of UTF-8.
func (a *app) drawn(w io.Writer) io.Writer {
	if a.unicode() {
		return w
	}
	return plainLines{w}
}

type plainLines struct{ w io.Writer }

var inASCII = strings.NewReplacer("├─", "|-", "└─", "`-", "│", "|", "─▶", "->", "◀─", "<-", "∥", "||")

func (p plainLines) Write(b []byte) (int, error) {
	_, err := inASCII.WriteString(p.w, string(b))
	return len(b), err
}
