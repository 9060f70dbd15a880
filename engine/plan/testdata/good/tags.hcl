# tags: late
play "p" {
  hosts = "xsp"
  task "note" "a" {
  }
  task "note" "b" {
    text = task.a.text
    notify = [handler.other]
  }
  task "note" "c" {
    tags = ["late"]
    depends_on = [task.b]
    notify = [handler.restart]
  }
  task "note" "d" {
    tags = ["other"]
  }
  handler "restart" "restart" {
  }
  handler "restart" "other" {
  }
  handler "restart" "unused" {
  }
}
