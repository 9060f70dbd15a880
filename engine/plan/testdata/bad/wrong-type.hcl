play "p" {
  hosts = "xsp"
  task "note" "a" {
    n  = "many"
    on = "maybe"
  }
}
