play "p" {
  hosts = "xsp"
  task "note" "a" {
    text = jsonencod({})
  }
}
