play "p" {
  hosts = "xsp"
  task "note" "a" {
    notify = [handler.restart]
  }
  handler "restart" "restart" {
  }
  rollout {
    canary          = "*.muc"
    group_by        = "site"
    groups_at_once  = 2
    max_unavailable = "50%"
    max_failed      = "30%"
    health "tls_probe" "cti" {
      port   = 8012
      within = "90s"
      stable = "30s"
    }
  }
  task "note" "b" {
  }
}
