play "first" {
  hosts = "xsp"
  task "note" "a" {
    notify = [handler.restart]
  }
  handler "restart" "restart" {
  }
}
play "second" {
  hosts = "as"
  depends_on = [play.first]
  task "note" "a" {
  }
}
play "third" {
  hosts = "xsp"
  depends_on = [play.second]
  task "note" "a" {
  }
}
