play "p" {
  hosts = "xsp"
  task "note" "a" {
    for_each = 3
  }
}
