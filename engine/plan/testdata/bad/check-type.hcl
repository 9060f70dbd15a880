play "p" {
  hosts = "xsp"
  task "note" "a" {
  }
  check "c" {
    condition     = 3
    error_message = "x"
  }
}
