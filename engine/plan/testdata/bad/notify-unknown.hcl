play "p" {
  hosts = "xsp"
  task "note" "a" {
    notify = [handler.restrat]
  }
  handler "restart" "restart" {
  }
}
