play {
  hosts = "xsp"
}
play "p" {
  hosts = "xsp"
  task "a" {
  }
  task "note" "a" "b" {
  }
}
