# tags: x
play "p" {
  hosts = "xsp"
  task "note" "a" {
  }
}
