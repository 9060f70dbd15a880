play "p" {
  hosts = "xsp"
  handler "restart" "h" {
    rollout {
      health "tls_probe" "x" {
        when = true
        run {
        }
      }
      health "tls_probe" "x" {
      }
    }
  }
}
