play "p" {
  hosts = "xsp"
  task "note" "a" {
    notify = [handler.restart]
  }
  handler "restart" "restart" {
    rollout {
      group_by = "sight"
    }
  }
}
