package bwsim

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/muster-run/muster/modules/broadworks/bwsim/internal/cli"
)

// managedObjects is Maintenance/ManagedObjects, as far as applications go:
// install, activate, deploy, and back. assumed: everything that is printed,
// every refusal, that get shows applications, and that application names and
// context paths are compared without regard to case.
func (h *Host) managedObjects() *cli.Level {
	kind := cli.Param{Name: "type", Doc: "What is managed.", Type: cli.Choice{"application"}}
	name := cli.Param{Name: "name", Doc: "The name of the application.", Type: cli.String{Min: 1, Max: 80}}
	version := cli.Param{Name: "version", Doc: "The version of the application.", Type: cli.String{Min: 1, Max: 80}}
	at := cli.Param{Name: "contextPath", Doc: "The path below which the application is reached.", Type: cli.String{Min: 1, Max: 80}}
	file := cli.Param{Name: "file", Doc: "The path of the archive.", Type: cli.String{Min: 1, Max: 255}}
	return level("ManagedObjects",
		&cli.Command{Name: "get", Summary: "show the applications", Run: h.getApplications},
		&cli.Command{Name: "install", Summary: "install an application", Params: []cli.Param{kind, file}, Run: h.installApp},
		&cli.Command{Name: "activate", Summary: "activate a version of an application", Params: []cli.Param{kind, name, version, at}, Run: h.activateApp},
		&cli.Command{Name: "deploy", Summary: "deploy an application", Params: []cli.Param{kind, at}, Run: h.deployApp},
		&cli.Command{Name: "undeploy", Summary: "undeploy an application", Params: []cli.Param{kind, at}, Run: h.undeployApp},
		&cli.Command{Name: "deactivate", Summary: "deactivate an application", Params: []cli.Param{kind, at}, Run: h.deactivateApp},
	)
}

func (h *Host) getApplications(c *cli.Call) error {
	var rows [][]string
	for _, a := range h.Stored().Applications {
		rows = append(rows, []string{a.Name, a.Version, a.Path, h.dialect.apps.state(a.State)})
	}
	return h.list(c, h.dialect.apps.header[:], rows)
}

// archive reads name and version from the name of a file such as
// BWCallSettingsWeb_1.7.5_1.war, which is published with the version 1.7.5.
var archive = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9-]*)_([0-9A-Za-z.]+(?:_[0-9]+\.[0-9.]+)?)(?:_[0-9]+)?\.(?:b?war|bwar)$`)

func (h *Host) installApp(c *cli.Call) error {
	file := c.Arg("file")
	parts := archive.FindStringSubmatch(path.Base(file))
	if _, err := h.fs.ReadFile(file); err != nil || !path.IsAbs(file) {
		return h.refuse(c, noSuchFile, file)
	}
	if parts == nil {
		return h.refuse(c, badArchive, file)
	}
	return h.edit(c, atOnce, func(cfg *Config) *refusal {
		if cfg.version(parts[1], parts[2]) != nil {
			return refusing(duplicate)
		}
		cfg.Applications = append(cfg.Applications, Application{Name: parts[1], Version: parts[2], State: AppInstalled})
		return nil
	})
}

func (h *Host) activateApp(c *cli.Call) error {
	name, version, at := c.Arg("name"), c.Arg("version"), c.Arg("contextPath")
	return h.lifecycle(c, "", func(cfg *Config) *refusal {
		app := cfg.version(name, version)
		switch known := cfg.app(name); {
		case known.Name == "":
			return refusing(unknownApp, name)
		case app == nil:
			return refusing(unknownVersion, version)
		case !strings.HasPrefix(at, "/") || strings.ContainsAny(at, " \t?#\""):
			return refusing(badPath, at)
		case known.State != AppInstalled:
			return refusing(wrongState, known.Name)
		case cfg.at(at) != nil:
			return refusing(pathTaken, at)
		}
		app.Path, app.State = at, AppActivated
		return nil
	})
}

func (h *Host) deployApp(c *cli.Call) error {
	return h.lifecycle(c, "", func(cfg *Config) *refusal {
		return step(cfg.at(c.Arg("contextPath")), AppActivated, AppDeployed)
	})
}

func (h *Host) undeployApp(c *cli.Call) error {
	return h.lifecycle(c, "Undeploying an application will cause downtime for the targeted component. Continue?", func(cfg *Config) *refusal {
		return step(cfg.at(c.Arg("contextPath")), AppDeployed, AppActivated)
	})
}

func (h *Host) deactivateApp(c *cli.Call) error {
	return h.lifecycle(c, "", func(cfg *Config) *refusal {
		app := cfg.at(c.Arg("contextPath"))
		refused := step(app, AppActivated, AppInstalled)
		if refused == nil {
			app.Path = ""
		}
		return refused
	})
}

// step moves an application one state on.
func step(app *Application, from, to AppState) *refusal {
	switch {
	case app == nil:
		return refusing(notFound)
	case app.State != from:
		return refusing(wrongState, app.Name)
	}
	app.State = to
	return nil
}

// lifecycle changes an application's state, after a warning that some dialects
// give. assumed: whether it needs a restart.
func (h *Host) lifecycle(c *cli.Call, warning string, change func(*Config) *refusal) error {
	if warning != "" && h.dialect.appWarns {
		c.Print("+++ WARNING +++ WARNING +++ WARNING +++\n" + warning + "\n\n")
		if yes, err := c.Confirm(); err != nil || !yes {
			return err
		}
	}
	return h.edit(c, h.dialect.appEffect, change)
}

// version finds one version of an application; nil when it is not installed.
func (c *Config) version(name, version string) *Application {
	return c.pick(func(a Application) bool { return strings.EqualFold(a.Name, name) && a.Version == version })
}

// at finds the application that is activated on a context path.
func (c *Config) at(contextPath string) *Application {
	return c.pick(func(a Application) bool { return a.Path != "" && strings.EqualFold(a.Path, contextPath) })
}

func (c *Config) pick(is func(Application) bool) *Application {
	i := slices.IndexFunc(c.Applications, is)
	if i < 0 {
		return nil
	}
	return &c.Applications[i]
}

// qbw lists what is activated, with its path. assumed: its columns.
func (h *Host) qbw() *cli.Command {
	return &cli.Command{Name: "qbw", Summary: "show the active applications", Run: func(c *cli.Call) error {
		var rows [][]string
		for _, a := range h.Stored().Applications {
			if a.State != AppInstalled {
				rows = append(rows, []string{a.Name, a.Version, a.Path})
			}
		}
		return h.list(c, []string{"Application", "Active Version", "Context Path"}, rows)
	}}
}
