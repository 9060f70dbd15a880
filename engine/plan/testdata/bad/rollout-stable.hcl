play "p" {
  hosts = "xsp"
  task "note" "a" {
  }
  rollout {
    health "tls_probe" "first" {
      port   = 1
      within = "30s"
      stable = "30s"
    }
    health "tls_probe" "second" {
      port   = 1
      stable = "10m"
    }
    health "tls_probe" "third" {
      port   = 1
      within = "0s"
    }
  }
}
