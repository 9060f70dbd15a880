play "q" {
  hosts = "xsp"
  task "note" "a" {
  }
}
play "p" {
  hosts = "xsp"
  task "note" "one" {
    text = play.q.task.a["xsp01.muc"].text
  }
  task "note" "own" {
    text = play.q.task.a[host.name].text
  }
  task "note" "all" {
    text = join(",", [for h, v in play.q.task.a : v.text])
  }
}
output "all" {
  value = { for h, v in play.q.task.a : h => v.text }
}
