play "p" {
  hosts = "xsp"
  task "note" "a" {
    text = "x {{ item }} y"
  }
}
