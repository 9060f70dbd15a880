# target: task.anchors["rot"]
play "p" {
  hosts = "xsp"
  task "note" "anchors" {
    for_each = ["root", "issuing"]
  }
}
