# target: task.anchors["root"]
# target: play.second
play "first" {
  hosts = "xsp"
  task "note" "anchors" {
    for_each = ["root", "issuing"]
    notify = [handler.restart]
  }
  task "note" "b" {
  }
  handler "restart" "restart" {
  }
}
play "second" {
  hosts = "xsp"
  task "note" "b" {
  }
}
