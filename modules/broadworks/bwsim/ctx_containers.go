package bwsim

import (
	"regexp"
	"slices"

	"github.com/muster-run/muster/modules/broadworks/bwsim/internal/cli"
)

var webURL = regexp.MustCompile(`^https?://[^\s/]+(/\S*)?$`)

// optionStyle is how ContainerOptions are shown and changed; only add is
// published.
type optionStyle struct {
	set     bool // there is a set
	pairs   bool // get of one container shows name = value
	replace bool // add of an option that exists replaces it
}

// containerOptions is Maintenance/ContainerOptions. assumed: all but add, and
// which containers there are beyond the three that are published.
func (h *Host) containerOptions() *cli.Level {
	container := cli.Param{Name: "container", Doc: "The container.", Type: cli.Choice{"platform", "provisioning", "tomcat"}}
	name := cli.Param{Name: "name", Doc: "The name of the option.", Type: cli.String{Min: 1, Max: 255}}
	value := cli.Param{Name: "value", Doc: "The value of the option.", Type: cli.String{Min: 1, Max: 1024}}
	l := level("ContainerOptions",
		&cli.Command{Name: "get", Summary: "show the options", Optional: []cli.Param{container}, Run: h.getOptions},
		&cli.Command{Name: "add", Summary: "add an option", Params: []cli.Param{container, name, value}, Run: h.addOption},
		&cli.Command{Name: "delete", Summary: "delete an option", Params: []cli.Param{container, name}, Run: h.deleteOption},
	)
	if h.dialect.options.set {
		l.Entries = append(l.Entries, &cli.Command{Name: "set", Summary: "modify an option",
			Params: []cli.Param{container, name, value}, Run: h.setOption})
	}
	return l
}

func (h *Host) getOptions(c *cli.Call) error {
	header := []string{"Container", "Name", "Value"}
	var rows [][]string
	var pairs []string
	for _, o := range h.Stored().ContainerOptions {
		switch {
		case !c.Has("container"):
			rows = append(rows, []string{o.Container, o.Name, o.Value})
		case o.Container == c.Arg("container"):
			rows, pairs = append(rows, []string{o.Name, o.Value}), append(pairs, o.Name, o.Value)
		}
	}
	if c.Has("container") {
		header = header[1:]
		if h.dialect.options.pairs {
			return h.keyValue(c, pairs...)
		}
	}
	return h.list(c, header, rows)
}

func option(c *cli.Call) ContainerOption {
	return ContainerOption{c.Arg("container"), c.Arg("name"), c.Arg("value")}
}

// place finds the option of the same name; -1 when there is none.
func (o ContainerOption) place(cfg *Config) int {
	return slices.IndexFunc(cfg.ContainerOptions, func(other ContainerOption) bool {
		return other.Container == o.Container && other.Name == o.Name
	})
}

func (h *Host) addOption(c *cli.Call) error {
	o := option(c)
	return h.edit(c, afterRestart, func(cfg *Config) *refusal {
		switch i := o.place(cfg); {
		case i < 0:
			cfg.ContainerOptions = append(cfg.ContainerOptions, o)
		case h.dialect.options.replace:
			cfg.ContainerOptions[i] = o
		default:
			return refusing(duplicate)
		}
		return nil
	})
}

func (h *Host) setOption(c *cli.Call) error {
	o := option(c)
	return h.edit(c, afterRestart, func(cfg *Config) *refusal {
		i := o.place(cfg)
		if i < 0 {
			return refusing(notFound)
		}
		cfg.ContainerOptions[i] = o
		return nil
	})
}

func (h *Host) deleteOption(c *cli.Call) error {
	o := option(c)
	return h.edit(c, afterRestart, func(cfg *Config) *refusal {
		i := o.place(cfg)
		if i < 0 {
			return refusing(notFound)
		}
		cfg.ContainerOptions = slices.Delete(cfg.ContainerOptions, i, i+1)
		return nil
	})
}
