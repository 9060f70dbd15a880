play "p" {
  hosts = "xsp"
  rollout {
    canary = 1
  }
  handler "restart" "h" {
    rollout {
      canary = 1
    }
  }
}
