# target: task.anchor
play "p" {
  hosts = "xsp"
  task "note" "anchors" {
  }
}
