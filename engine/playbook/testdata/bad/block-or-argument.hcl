play "p" {
  hosts = "xsp"
  rollout = {
    canary = 1
  }
  depends_on {
  }
  task "note" "a" {
    run = "2m"
  }
}
