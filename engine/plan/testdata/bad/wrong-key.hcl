play "p" {
  hosts = "xsp"
  task "note" "a" {
    for_each = ["x", "y"]
  }
  task "note" "b" {
    depends_on = [task.a["z"]]
  }
  task "note" "c" {
    depends_on = [task.b["z"]]
  }
}
