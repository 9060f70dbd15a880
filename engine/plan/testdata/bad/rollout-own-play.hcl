play "p" {
  hosts = "xsp"
  task "note" "a" {
  }
  task "note" "b" {
    text = play.p.task.a["xsp01.muc"].text
  }
  rollout {
    canary = 1
  }
}
