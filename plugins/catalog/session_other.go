//go:build !linux

package catalog

import "syscall"

// ownSession takes the terminal and the process group away from a plugin. That we died it learns from its connection.
func ownSession() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true}
}
