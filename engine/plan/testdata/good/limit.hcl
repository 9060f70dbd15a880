# limit: xsp:&fra
play "q" {
  hosts = "as"
  task "note" "a" {
  }
}
play "p" {
  hosts = "xsp"
  task "note" "a" {
  }
}
