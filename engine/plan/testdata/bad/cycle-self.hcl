play "p" {
  hosts = "xsp"
  task "note" "a" {
    text = task.a.text
  }
}
