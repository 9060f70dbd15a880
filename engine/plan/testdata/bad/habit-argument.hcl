play "p" {
  hosts = "xsp"
  task "note" "a" {
    text     = "x"
    register = "r"
    count    = 3
    become   = true
  }
}
