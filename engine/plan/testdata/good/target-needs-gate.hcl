# target: play.second
play "first" {
  hosts = "xsp"
  task "note" "a" {
    notify = [handler.restart]
  }
  handler "restart" "restart" {
  }
}
play "second" {
  hosts = "xsp"
  depends_on = [play.first]
  task "note" "b" {
  }
  check "c" {
    condition     = true
    error_message = "x"
  }
  task "note" "c" {
  }
}
