play "p" {
  hosts = "xsp"
  task "rack" "a" {
  }
  task "rack" "b" {
  }
}
