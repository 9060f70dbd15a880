play "p" {
  hosts = "xsp"
  task "note" "a" {
  }
  task "note" "b" {
  }
  check "same" {
    condition     = length(distinct([for h in play.p.task.a : h.text])) == 1
    error_message = "They differ."
  }
  task "note" "c" {
    notify = [handler.restart]
  }
  handler "restart" "restart" {
  }
}
