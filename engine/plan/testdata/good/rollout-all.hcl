play "p" {
  hosts = "xsp"
  task "note" "a" {
    notify = [handler.restart]
  }
  handler "restart" "restart" {
    rollout {
      canary          = 1
      soak            = "10m"
      promote         = "manual"
      batches         = [1, "100%"]
      group_by        = "site"
      groups_at_once  = 2
      max_unavailable = "50%"
      max_failed      = "50%"
      on_failure      = "stop"
      health "tls_probe" "cti" {
        port = 8012
      }
      health "tls_probe" "http" {
        port   = 443
        within = "1m"
        stable = "10s"
      }
    }
  }
}
play "q" {
  hosts      = "xsp"
  depends_on = [play.p]
  rollout {
    canary  = 2
    batches = [1]
  }
  task "note" "configure" {
  }
  task "restart" "restart" {
    run {
      timeout = "5m"
      retry {
        attempts = 2
        backoff  = "1m"
      }
    }
  }
}
