variable "waves" {
  type    = list(string)
  default = ["1", "0%"]
}
play "empty" {
  hosts = "xsp"
  task "note" "a" {
  }
  rollout {
    batches = []
  }
}
play "zero" {
  hosts = "xsp"
  task "note" "a" {
  }
  rollout {
    batches = [1, 0, "0%"]
  }
}
play "large" {
  hosts = "xsp"
  task "note" "a" {
  }
  rollout {
    batches = [1, "101%", "many", -1, 1.5, null]
  }
}
play "number" {
  hosts = "xsp"
  task "note" "a" {
  }
  rollout {
    batches = 5
  }
}
play "variable" {
  hosts = "xsp"
  task "note" "a" {
  }
  rollout {
    batches = var.waves
  }
}
play "host" {
  hosts = "xsp"
  task "note" "a" {
  }
  rollout {
    batches = [host.data.wave]
  }
}
