play "p" {
  hosts = "xsp"
  task "note" "a" {
  }
  rollout {
    canary = "as"
  }
}
