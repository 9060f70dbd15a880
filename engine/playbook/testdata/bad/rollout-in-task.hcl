play "p" {
  hosts = "xsp"
  task "note" "a" {
    rollout {
    }
    health "tls_probe" "x" {
    }
  }
}
