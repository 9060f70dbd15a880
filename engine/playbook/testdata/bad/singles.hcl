requires {
  muster = "~> 2"
}
requires {
}
play "p" {
  hosts = "xsp"
  rollout {
  }
  rollout {
  }
  task "note" "a" {
    run {
      timeout = "1m"
      retries = 3
      retry {
        attempt = 3
      }
      retry {
      }
    }
    run {
    }
  }
}
