# limit: as
play "p" {
  hosts = "xsp"
  task "note" "a" {
  }
}
