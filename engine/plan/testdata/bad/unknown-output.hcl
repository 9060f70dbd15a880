play "p" {
  hosts = "xsp"
  task "note" "a" {
  }
  task "note" "b" {
    text = task.a.txt
  }
}
