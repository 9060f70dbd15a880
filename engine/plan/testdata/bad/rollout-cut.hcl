play "p" {
  hosts = "xsp"
  task "note" "a" {
  }
  task "note" "c" {
    text = play.q.task.b["xsp01.fra"].text
  }
  rollout {
    canary = 1
  }
}
play "q" {
  hosts = "xsp"
  task "note" "b" {
    text = play.p.task.a["xsp01.muc"].text
  }
}
