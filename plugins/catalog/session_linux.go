package catalog

import "syscall"

// ownSession takes the terminal and the process group away from a plugin, and has the kernel end it when we die.
func ownSession() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGTERM}
}
