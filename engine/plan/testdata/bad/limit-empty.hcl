# limit: xsp:!xsp
play "p" {
  hosts = "xsp"
  task "note" "a" {
  }
}
