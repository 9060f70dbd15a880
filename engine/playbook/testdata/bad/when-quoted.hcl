play "p" {
  hosts = "xsp"
  task "note" "a" {
    when = "var.renew"
  }
  task "note" "b" {
    when = "${var.renew}"
  }
  check "c" {
    condition     = "true"
    error_message = "x"
  }
}
