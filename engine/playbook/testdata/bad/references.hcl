play "p" {
  hosts      = "xsp"
  depends_on = [task.a]
  task "note" "a" {
    depends_on = ["b"]
    notify     = handler.h
  }
  task "note" "b" {
    depends_on = [handler.h, task.a.changed, task.a[0], play.q]
    notify     = [task.a, handler.h["x"], 3]
  }
}
play "q" {
  hosts      = "xsp"
  depends_on = "p"
}
