play "p" {
  hosts = "xsp"
  task "note" "anchors" {
  }
  task "note" "b" {
    text = task.anchor.text
  }
}
