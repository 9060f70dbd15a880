handler "restart" "restart" {
  rollout {
  }
}
play "p" {
  hosts = "xsp"
  task "note" "a" {
    notify = [handler.restart]
  }
  rollout {
  }
}
