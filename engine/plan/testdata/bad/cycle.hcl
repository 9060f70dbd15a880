play "p" {
  hosts = "xsp"
  task "note" "a" {
    text = task.c.text
  }
  task "note" "b" {
    depends_on = [task.a]
  }
  task "note" "c" {
    text = task.b.text
  }
}
