// Package oddserver is a second BroadWorks fleet, written from the public facts alone by someone who had read neither the
// driver nor bwsim: wherever the facts leave a choice open, it chooses otherwise, and every choice is a switch (quirks).
//
// All of it is tests. A host has a real shell for the commands of its login, a hand-made terminal (echo and pauses are
// switches, too), real SSH and SFTP, and a real TLS listener that obeys what the last restart put in force. The tests run the
// real binary on the real playbook and judge by the host's own state. It is no simulator to build on: that is bwsim.
//
// ODD_PICK="echo none/alarm late" runs the choices of those names together, ODD_EACH=1 every choice alone, ODD_ROUNDS=200 as
// many mixtures; ODD_MUSTER names a binary that is there already.
package oddserver
