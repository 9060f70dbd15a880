play "p" {
  hosts = "xsp"
  rollout {
    canery          = 1
    promot          = "manual"
    soack           = "10m"
    batch           = [1]
    groupby         = "site"
    group_at_once   = 2
    max_unavailble  = 1
    max_fail        = 0
    on_failures     = "stop"
    max_parallel    = 40
    serial          = 1
    helth "tls_probe" "x" {
    }
    soak {
    }
    health = "tls_probe"
    health "tls_probe" {
    }
  }
  rollout {
  }
}
