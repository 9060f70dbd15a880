play "first" {
  hosts = "xsp"
  task "note" "a" {
  }
  task "note" "c" {
    text = play.third.task.x["xsp01.fra"].text
  }
  rollout {
    canary = 1
  }
}
play "second" {
  hosts = "xsp"
  task "note" "b" {
  }
}
play "third" {
  hosts = "xsp"
  task "note" "x" {
  }
}
