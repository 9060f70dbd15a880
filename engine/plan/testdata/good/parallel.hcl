play "p" {
  hosts = "xsp"
  task "note" "a" {
  }
  parallel {
  task "note" "b" {
    notify = [handler.restart]
  }
  task "note" "c" {
  }
  }
  parallel {
  task "note" "d" {
  }
  }
  task "note" "e" {
  }
  handler "restart" "restart" {
  }
}
play "q" {
  hosts = "xsp"
  parallel {
    task "note" "a" {
    }
    task "note" "b" {
    }
  }
}
