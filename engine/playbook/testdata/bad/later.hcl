role "r" {
}
play "p" {
  hosts = "xsp"
  rollout {
    batches    = [1, "100%"]
    soak       = "10m"
    promote    = "manual"
    on_failure = "pause"
  }
}
