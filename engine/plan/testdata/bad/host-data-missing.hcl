play "p" {
  hosts = "xsp"
  task "note" "a" {
    text = host.data.sight
  }
}
