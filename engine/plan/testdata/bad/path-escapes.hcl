play "p" {
  hosts = "xsp"
  task "note" "a" {
    text = file("../secret.txt")
  }
}
