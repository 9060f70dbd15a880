package bwcli

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTables(t *testing.T) {
	type row = []string
	tests := []struct {
		name, text string
		header     []string
		rows       [][]string
	}{
		{"CTI interface", `  Interface IP  Port  Secure  Server Certificate  Client Auth Req
=================================================================
  10.155.6.175  8012    true                true             true
`, row{"Interface IP", "Port", "Secure", "Server Certificate", "Client Auth Req"},
			[][]string{{"10.155.6.175", "8012", "true", "true", "true"}}},
		{"header shifted by the command", `Identity        Version  Install Date     Status
==================================================
        AS  2023.03_1.411  Apr 18, 2023  Installed
        AS     24.0_1.944  Feb 11, 2022  Active
`, row{"Identity", "Version", "Install Date", "Status"},
			[][]string{{"AS", "2023.03_1.411", "Apr 18, 2023", "Installed"}, {"AS", "24.0_1.944", "Feb 11, 2022", "Active"}}},
		{"values with blanks, footer", `              Name  Admin State  Effective State
================================================
        PostgreSQL       Online           Online
  File replication       Online          Offline

2 entries found.
`, row{"Name", "Admin State", "Effective State"},
			[][]string{{"PostgreSQL", "Online", "Online"}, {"File replication", "Online", "Offline"}}},
		{"whole block shifted", `        Address    Description
  ============================
    172.16.30.3  OCISenderTool
`, row{"Address", "Description"}, [][]string{{"172.16.30.3", "OCISenderTool"}}},
		{"three blanks between columns", `                               App Id   Auth Key Id
===================================================
                 com.broadsoft.uc-one   64D9E5NY4S
           com.broadsoft.connect.eval   UTHPSAD667

2 entries found.
`, row{"App Id", "Auth Key Id"},
			[][]string{{"com.broadsoft.uc-one", "64D9E5NY4S"}, {"com.broadsoft.connect.eval", "UTHPSAD667"}}},
		{"aligned by hand", `  Alias   Owner                                   Issuer
=============================================================================
webexclientissuing2023       Internal Private TLS SubCA      Internal Private Root
webexclientroot2023       Internal Private Root      Internal Private Root[self-signed]
`, row{"Alias", "Owner", "Issuer"}, [][]string{
			{"webexclientissuing2023", "Internal Private TLS SubCA", "Internal Private Root"},
			{"webexclientroot2023", "Internal Private Root", "Internal Private Root[self-signed]"}}},
		{"empty table", "  Cipher Name\n=============\n0 entry found.\n", row{"Cipher Name"}, [][]string{}},
		{"empty cells, right-justified", `  Name   Url  Port
==================
     a          80
     b  http
`, row{"Name", "Url", "Port"}, [][]string{{"a", "", "80"}, {"b", "http", ""}}},
		{"empty cells, left-justified", `Name  Url          Port
-----------------------
a                  80
bb    http://x  y
`, row{"Name", "Url", "Port"}, [][]string{{"a", "", "80"}, {"bb", "http://x  y", ""}}},
		{"asked first", `About to filter through 2 entries. Continue?

Retrieving data... Please wait...
  Name  Id
==========
     a   1
     b   2
2 entries found.
`, row{"Name", "Id"}, [][]string{{"a", "1"}, {"b", "2"}}},
		{"framed", `+------+----+
| Name | Id |
+------+----+
| a    | 1  |
+------+----+
Total: 1
`, row{"Name", "Id"}, [][]string{{"a", "1"}}},
		{"no rule", "   Alias  Owner  Issuer\n       a      b       c\n", row{"Alias", "Owner", "Issuer"}, [][]string{{"a", "b", "c"}}},
		{"blank lines within", "  Name\n======\n\n     a\n\n     b\n\n2 rows found\n", row{"Name"}, [][]string{{"a"}, {"b"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, end := range []string{"\n", "\r\n"} {
				l := ParseListing(strings.ReplaceAll(tt.text, "\n", end))
				if diff := cmp.Diff(tt.header, l.Header); diff != "" {
					t.Errorf("header (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(tt.rows, l.Rows); diff != "" {
					t.Errorf("rows (-want +got):\n%s", diff)
				}
				if l.Missing() != 0 {
					t.Errorf("%d entries missing", l.Missing())
				}
			}
		})
	}
}

func TestPairs(t *testing.T) {
	for _, text := range []string{
		"  port = 8001\n  encoding = ISO-8859-1\n  note =\n  url = http://a?b=c\n",
		"port = 8001\nencoding = ISO-8859-1\nnote = \nurl = http://a?b=c\n",
		"   port : 8001\n   encoding : ISO-8859-1\n   note :\n   url : http://a?b=c\n",
		"  port = \"8001\"\n  encoding = \"ISO-8859-1\"\n  note = \"\"\n  url = \"http://a?b=c\"\n",
		"   port=8001\n   encoding  =  ISO-8859-1\n   note =\n   url = http://a?b=c\n\n4 entries found.\n",
	} {
		l := ParseListing(text)
		want := [][2]string{{"port", "8001"}, {"encoding", "ISO-8859-1"}, {"note", ""}, {"url", "http://a?b=c"}}
		if diff := cmp.Diff(want, l.Pairs); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
	l := ParseListing("  allowClientApp = true\n")
	if v, ok := l.Value("Allow Client App"); v != "true" || !ok {
		t.Errorf("got %q, %v", v, ok)
	}
	l = ParseListing("            Name  Value\n=====================\n  allowClientApp  false\n")
	if v, ok := l.Value("allowClientApp"); v != "false" || !ok {
		t.Errorf("in a table: %q, %v", v, ok)
	}
	l = ParseListing("  Allow Client App\n==================\n             false\n")
	if v, ok := l.Value("allowClientApp"); v != "false" || !ok {
		t.Errorf("in a column: %q, %v", v, ok)
	}
}

func TestValueForms(t *testing.T) {
	for _, text := range []string{"  allowClientApp = \"true\"\n", "allowClientApp=true\n", "   allowClientApp : true\n", "Allow Client App: \"true\"\n"} {
		l := ParseListing(text)
		if v, ok := l.Value("allowClientApp"); v != "true" || !ok {
			t.Errorf("%q: %q, %v", text, v, ok)
		}
	}
}

func TestSuccessForms(t *testing.T) {
	for text, want := range map[string][2]bool{ // OK, Restart
		"...Done":            {true, false},
		"OK":                 {true, false},
		"Done.":              {true, false},
		"Command successful": {true, false},
		"\n*** Warning: BroadWorks needs to be\n    restarted for the changes to take effect ***\n": {true, true},
		"Done\nERROR: the file cannot be read":                                                      {false, false},
		"OK\nEntry not found":                                                                       {false, false},
		"Done with errors":                                                                          {false, false},
		"":                                                                                          {false, false},
	} {
		a := judge("set x", text)
		if got := [2]bool{a.OK(), a.Restart}; got != want {
			t.Errorf("%q: OK and Restart are %v, want %v", text, got, want)
		}
	}
	for text, want := range map[string]string{"get\na\n": "a\n", "  get \na\n": "a\n", "getter\n": "getter\n", "a\nget\n": "a\nget\n"} {
		if got := withoutEcho(text, "get"); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestPromptForms(t *testing.T) {
	for text, want := range map[string]bool{"XSP_CLI> ": true, " XSP_CLI/Interface/CTI>": true, "CLI> ": true, "the XSP_CLI> ": false, "XSP_CLI> get": false} {
		if cliRE.MatchString(text) != want {
			t.Errorf("%q: want %v", text, want)
		}
	}
}

// A table without a rule is read where its header tells it from prose; anything else is not taken for an empty list.
func TestWithoutRule(t *testing.T) {
	const header = "                   Alias                       Owner                              Issuer\n"
	rows := "  webexclientissuing2023  Internal Private TLS SubCA               Internal Private Root\n" +
		"     webexclientroot2023       Internal Private Root  Internal Private Root[self-signed]\n"
	byHand := "  Alias   Owner      Issuer\nissuing2023       Some SubCA      Some Root\nroot2023       Some Root      Some Root[self-signed]\n"
	tests := []struct {
		name, text string
		rows       int
		unread     bool
	}{
		{"rows", header + rows, 2, false},
		{"rows and footer", header + rows + "\n2 entries found.\n", 2, false},
		{"count before", "Total: 2\n\n" + header + rows, 2, false},
		{"by hand", byHand, 2, false},
		{"header only", header, 0, false},
		{"rows that do not fit", header + "  one  two\n", 0, true},
		{"rows only", rows, 0, true},
		{"prose", "The list  is not available here\n", 0, true},
		{"empty in words", "No trust anchors are configured.\n", 0, false},
		{"empty", "0 entry found.\n", 0, false},
		{"nothing", "\n", 0, false},
	}
	for _, tt := range tests {
		l := ParseListing(tt.text)
		if len(l.Rows) != tt.rows || l.Unread() != tt.unread || tt.rows > 0 && l.Column("owner") != 1 {
			t.Errorf("%s: %d rows, unread %v, header %q", tt.name, len(l.Rows), l.Unread(), l.Header)
		}
	}
}

func TestMissingEntries(t *testing.T) {
	l := ParseListing("  Name\n======\n     a\n3 entries found.\n")
	if l.Missing() != 2 {
		t.Errorf("missing %d, want 2", l.Missing())
	}
}

func TestFooters(t *testing.T) {
	for text, want := range map[string]int{
		"0 entry found.": 0, "1 entry found.": 1, "12 entries found.": 12, "3 entry found.": 3, "No entries found": 0,
		"Total: 4": 4, "Number of entries: 7": 7, "(2 rows)": 2, "5 record(s) listed": 5, "Entries found: 6": 6,
		"  10.1.1.1  8012": -1, "TLSv1.2": -1, "true": -1,
	} {
		l := Listing{footer: -1}
		l.isFooter(text)
		if l.footer != want {
			t.Errorf("%q: %d, want %d", text, l.footer, want)
		}
	}
}

func TestJudge(t *testing.T) {
	tests := []struct {
		text    string
		ok, dup bool
		restart bool
	}{
		{"...Done\n", true, false, false},
		{"*** Warning: BroadWorks needs to be restarted for the changes to take effect ***\n", true, false, true},
		{"A restart is required for the change to take effect.\n", true, false, true},
		{"...Done\n[Request for switch is being processed; Rebuild triggered]\n", true, false, false},
		{"Invalid command\n", false, false, false},
		{"[CLIError] Command login: Mandatory parameter missing\n<userid>, String\n", false, false, false},
		{"[Error] This server type does not support rollback. The revert flag is mandatory.\n", false, false, false},
		{"Failed to write data to the configuration system\nThe database does not exist\n", false, false, false},
		{"Cannot delete schema. Connections are currently open.\n", false, false, false},
		{"The entry is already present in list\n", false, true, false},
		{"Entry not found\n", false, false, false},
		{"[Error] Failed.\n...Done\n", false, false, false},
		{"", false, false, false},
	}
	for _, tt := range tests {
		a := judge("set", tt.text)
		if a.OK() != tt.ok || a.Duplicate() != tt.dup || a.Restart != tt.restart {
			t.Errorf("%q: ok %v, duplicate %v, restart %v", tt.text, a.OK(), a.Duplicate(), a.Restart)
		}
	}
}

func TestCheckValue(t *testing.T) {
	for _, bad := range []string{"", "a;b", "a\nb", "a\rb", "a\x00", "a\x1b[2J", "a\u0085b", "a\u2028b", `a"b`, "a|b", "a?", "\xff", "a\u200bb", strings.Repeat("x", 1025)} {
		if CheckValue(bad) == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
	got, err := line([]string{"set", "sp1", "Auto Attendant", "true"})
	if want := `set sp1 "Auto Attendant" true`; err != nil || got != want {
		t.Errorf("got %q, %v", got, err)
	}
}

func FuzzParseListing(f *testing.F) {
	f.Add("  Interface IP  Port\n====================\n  10.155.6.175  8012\n1 entry found.\n")
	f.Add("a = b\n")
	f.Add("+--+\n|a|b|\n+--+\n|||\n")
	f.Fuzz(func(t *testing.T, text string) {
		l := ParseListing(text)
		for _, r := range l.Rows {
			if len(l.Header) > 0 && len(r) != len(l.Header) {
				t.Errorf("%d cells under %d headings", len(r), len(l.Header))
			}
		}
		l.Value("x")
		l.List("x")
		judge("get", text)
	})
}

func FuzzLine(f *testing.F) {
	f.Add("a b", "c")
	f.Fuzz(func(t *testing.T, a, b string) {
		got, err := line([]string{a, b})
		if err == nil && strings.ContainsAny(got, ";\r\n\x00\x1b") {
			t.Errorf("%q", got)
		}
	})
}
