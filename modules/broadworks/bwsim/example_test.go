package bwsim_test

import (
	"context"
	"fmt"

	"golang.org/x/crypto/ssh"

	"github.com/muster-run/muster/modules/broadworks/bwsim"
)

// A test starts a fleet, works on it over SSH, and judges by the fleet's state
// and record.
func Example() {
	f, err := bwsim.Start(context.Background(), bwsim.Options{ASCount: 1, XSPCount: 2, Dialect: 9})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close()

	h := f.Host("xsp02.fra.example.net")
	client, err := ssh.Dial("tcp", h.SSHAddr(), &ssh.ClientConfig{
		User:            "bwadmin",
		Auth:            []ssh.AuthMethod{ssh.PublicKeys(f.UserKey())},
		HostKeyCallback: ssh.FixedHostKey(h.HostKey()),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	h.Fault(bwsim.Fault{Kind: bwsim.Refuse, Match: "restartbw", Times: 1})
	for range 2 {
		session, err := client.NewSession()
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println("refused:", session.Run("restartbw") != nil)
	}
	for _, e := range f.Record() {
		switch e.Kind {
		case bwsim.Command:
			fmt.Println(e.Context, e.Text)
		case bwsim.RestartEnd:
			fmt.Println(e.Host, "restarted")
		}
	}
	fmt.Println("down at once:", f.MaxDown((*bwsim.Host).Site))
	// Output:
	// refused: true
	// refused: false
	// exec restartbw
	// exec restartbw
	// xsp02.fra.example.net restarted
	// down at once: map[fra:1]
}
