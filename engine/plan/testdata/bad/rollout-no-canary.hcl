variable "none" {
  default = 0
}
play "missing" {
  hosts = "xsp"
  task "note" "a" {
  }
  rollout {
    soak    = "10m"
    promote = "manual"
  }
}
play "zero" {
  hosts = "xsp"
  task "note" "a" {
  }
  rollout {
    canary  = var.none
    soak    = "10m"
    promote = "auto"
  }
}
play "handler" {
  hosts = "xsp"
  task "note" "a" {
    notify = [handler.restart]
  }
  handler "restart" "restart" {
    rollout {
      canary  = 0
      promote = "manual"
    }
  }
}
