# target: task.a["x"]
play "p" {
  hosts = "xsp"
  task "note" "a" {
  }
}
