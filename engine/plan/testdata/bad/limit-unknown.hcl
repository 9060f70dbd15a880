# limit: xps:&fra
play "p" {
  hosts = "xsp"
  task "note" "a" {
  }
}
