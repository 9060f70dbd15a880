package cli

import (
	"os"

	"golang.org/x/sys/unix"
)

// flush drops what was typed at a terminal and not read yet.
func flush(f *os.File) {
	_ = unix.IoctlSetInt(int(f.Fd()), unix.TCFLSH, unix.TCIFLUSH) // no terminal has nothing to drop
}
