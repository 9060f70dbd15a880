play "q" {
  hosts = "xsp"
  task "note" "a" {
  }
}
play "p" {
  hosts = "xsp"
  task "note" "b" {
    text = play.q.task.a["xsp09.fra"].text
  }
}
