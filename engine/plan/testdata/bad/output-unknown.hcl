play "p" {
  hosts = "xsp"
  task "note" "a" {
  }
}
output "o" {
  value = play.p.task.b["xsp01.fra"].text
}
output "host" {
  value = host.name
}
