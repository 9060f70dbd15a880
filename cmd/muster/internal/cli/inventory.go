package cli

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/muster-run/muster/cmd/muster/internal/view"
	"github.com/muster-run/muster/engine/diag"
	"github.com/muster-run/muster/engine/inventory"
)

func (a *app) inventory() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "inventory list",
		Short: "Show hosts, and what a pattern selects.",
		Args:  cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			return cmd.Help()
		},
	}
	cmd.AddCommand(a.inventoryList())
	return cmd
}

func (a *app) inventoryList() *cobra.Command {
	var paths []string
	var limit string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List hosts with addresses and groups. Contacts none.",
		Example: `muster inventory list -i inventory/
muster inventory list -i inventory/ -l 'xsp:&fra:!maintenance' --json`,
		Args:        tooMany(0),
		Annotations: map[string]string{exits: exitsStatic},
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.StringArrayVarP(&paths, "inventory", "i", nil, "`PATH` of hosts, file or directory; repeatable")
	fl.StringVarP(&limit, "limit", "l", "", "only hosts of `PATTERN`, such as 'xsp:&fra'")
	fl.BoolVar(&asJSON, "json", false, "as one JSON object")
	cmd.RunE = func(*cobra.Command, []string) error {
		if len(paths) == 0 {
			return problem(noInventory())
		}
		inv, hosts, err := a.selected(paths, limit)
		if err != nil {
			return err
		}
		if asJSON {
			return a.inventoryJSON(inv, hosts)
		}
		a.inventoryText(inv, hosts)
		return nil
	}
	return cmd
}

func noInventory() diag.Diagnostic {
	return diag.Diagnostic{Code: diag.NoInventory, Summary: "no inventory is given", Detail: "This command needs to know the hosts.",
		Advice: "Add -i PATH: a file or directory such as inventory/prod.hcl"}
}

// selected reads inventories and applies a pattern; without one, all hosts are meant.
func (a *app) selected(paths []string, limit string) (*inventory.Inventory, []*inventory.Host, error) {
	inv, ds := inventory.Load(paths)
	if ds.HasErrors() {
		return nil, nil, problems{Diagnostics: ds, sources: sourcesOf(inv)}
	}
	a.show(problems{Diagnostics: ds, sources: inv.Sources})
	if limit == "" {
		return inv, inv.Hosts, nil
	}
	source := "command line, --limit '" + limit + "'"
	hosts, ds := inv.Select(limit, inventory.PatternAt{Source: source})
	if ds.HasErrors() {
		return nil, nil, problems{Diagnostics: ds, sources: inv.Sources}
	}
	if len(hosts) == 0 {
		return nil, nil, problem(diag.Diagnostic{Code: diag.NothingSelected, Summary: fmt.Sprintf("the pattern %q leaves no host", limit),
			Source: source, Advice: "See what there is: muster inventory list without -l"})
	}
	return inv, hosts, nil
}

func sourcesOf(inv *inventory.Inventory) map[string][]byte {
	if inv == nil {
		return nil
	}
	return inv.Sources
}

func (a *app) inventoryText(inv *inventory.Inventory, hosts []*inventory.Host) {
	name, address := 0, 0
	for _, h := range hosts {
		name, address = max(name, len(h.Name)), max(address, len(endpoint(h)))
	}
	for _, h := range hosts {
		fmt.Fprintf(a.Out, "%-*s  %-*s  %s\n", name, h.Name, address, endpoint(h), strings.Join(h.Groups, ","))
	}
	for _, g := range inv.Groups {
		fmt.Fprintf(a.Err, "group %s (%d): %s\n", g.Name, len(g.Hosts), view.Hosts(g.Hosts, 80))
	}
	fmt.Fprintf(a.Err, "%d of %d hosts. None was contacted.\n", len(hosts), len(inv.Hosts))
}

func endpoint(h *inventory.Host) string { return fmt.Sprintf("%s:%d", h.Address, h.Port) }

// hostJSON is a host as other programs read it; paths of keys are not secret, keys are not here.
type hostJSON struct {
	Name    string                     `json:"name"`
	Address string                     `json:"address"`
	Port    int                        `json:"port"`
	User    string                     `json:"user,omitempty"`
	Groups  []string                   `json:"groups"`
	Data    map[string]json.RawMessage `json:"data"`
}

func (a *app) inventoryJSON(inv *inventory.Inventory, hosts []*inventory.Host) error {
	out := struct {
		Format string              `json:"format"`
		Hosts  []hostJSON          `json:"hosts"`
		Groups map[string][]string `json:"groups"`
	}{view.JSONFormat, []hostJSON{}, map[string][]string{}}
	for _, h := range hosts {
		j := hostJSON{h.Name, h.Address, h.Port, h.User, append([]string{}, h.Groups...), map[string]json.RawMessage{}}
		for key, v := range h.Data {
			text := []byte(`"(sensitive)"`)
			if !v.ContainsMarked() {
				var err error
				if text, err = ctyjson.Marshal(v, v.Type()); err != nil {
					return fmt.Errorf("host %s, data.%s: %w", h.Name, key, err)
				}
			}
			j.Data[key] = text
		}
		out.Hosts = append(out.Hosts, j)
	}
	for _, g := range inv.Groups {
		out.Groups[g.Name] = g.Hosts
	}
	enc := json.NewEncoder(a.Out)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}
