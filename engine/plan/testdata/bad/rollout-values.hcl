play "p" {
  hosts = "xsp"
  task "note" "a" {
  }
  rollout {
    canary          = -1
    groups_at_once  = 0
    max_unavailable = 0
    max_failed      = "many"
  }
}
play "q" {
  hosts = "xsp"
  task "note" "a" {
  }
  rollout {
    groups_at_once = 2
  }
}
