play "p" {
  hosts = "xsp"
  task "note" "a" {
  }
  rollout {
    canary     = 1
    promote    = "manuel"
    on_failure = "stopp"
  }
}
play "q" {
  hosts = "xsp"
  task "note" "a" {
  }
  rollout {
    canary     = 1
    promote    = ""
    on_failure = true
    soak       = "soon"
  }
}
play "r" {
  hosts = "xsp"
  task "note" "a" {
  }
  rollout {
    canary  = "25%"
    soak    = 10
    promote = "manual"
  }
}
play "s" {
  hosts = "xsp"
  task "note" "a" {
  }
  rollout {
    canary = 1.5
  }
}
