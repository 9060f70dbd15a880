requires {
  muster = ">= 9.0"
}
play "p" {
  hosts = "xsp"
  task "note" "a" {
  }
}
