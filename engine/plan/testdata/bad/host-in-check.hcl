play "p" {
  hosts = "xsp"
  task "note" "a" {
  }
  check "c" {
    condition     = host.name == task.a.text
    error_message = "x"
  }
}
