play "q" {
  hosts = "xsp:!?maintenance"
  task "note" "a" {
  }
}
play "p" {
  hosts = "?maintenance"
  task "note" "a" {
  }
}
