# target: anchors
play "p" {
  hosts = "xsp"
  task "note" "anchors" {
  }
}
