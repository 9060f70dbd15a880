variable "pause" {
  default = "7s"
}
play "p" {
  hosts = "xsp"
  task "note" "a" {
    run {
      timeout = "2m"
      retry {
        attempts = 4
        backoff  = var.pause
        when     = ["busy"]
      }
    }
    notify = [handler.restart]
  }
  handler "restart" "restart" {
    run {
      retry {
        attempts = 2
      }
    }
  }
}
