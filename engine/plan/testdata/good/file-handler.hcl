handler "restart" "restart" {
}
play "one" {
  hosts = "all"
  task "note" "a" {
    notify = [handler.restart]
  }
}
play "other" {
  hosts = "xsp"
  task "note" "a" {
  }
}
play "two" {
  hosts = "xsp"
  task "note" "a" {
    notify = [handler.restart]
  }
  task "note" "b" {
  }
}
