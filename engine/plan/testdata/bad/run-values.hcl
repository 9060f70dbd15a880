play "p" {
  hosts = "xsp"
  task "note" "a" {
    run {
      timeout = "2 minutes"
      retry {
        attempts = 0
        backoff  = "5"
        when     = ["unreachable", "timout", "unknown"]
      }
    }
  }
  task "note" "b" {
    run {
      timeout = host.name
    }
  }
}
