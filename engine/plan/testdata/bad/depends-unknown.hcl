play "p" {
  hosts = "xsp"
  task "note" "anchors" {
  }
  task "note" "b" {
    depends_on = [task.ancors, task.elsewhere]
  }
}
play "q" {
  hosts = "xsp"
  task "note" "elsewhere" {
  }
}
