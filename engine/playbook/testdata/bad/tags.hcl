play "p" {
  hosts = "xsp"
  task "note" "a" {
    tags = "tls"
  }
  task "note" "b" {
    tags = [var.x, "a b", 3]
  }
}
