play "p" {
  hosts = "xsp"
  task "note" "a" {
  }
  check "c" {
    condition     = true
    error_message = "x"
  }
  task "note" "b" {
  }
  rollout {
    canary = 1
  }
}
