play "p" {
  hosts = "xsp"
  task "note" "a" {
    text = {{ item }}
  }
}
