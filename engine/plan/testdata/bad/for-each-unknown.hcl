play "p" {
  hosts = "xsp"
  task "note" "a" {
  }
  task "note" "b" {
    for_each = [task.a.text]
  }
}
