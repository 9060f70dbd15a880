play "p" {
  hosts = "xsp"
  task "note" "a" {
    text = file("chian.pem")
  }
}
