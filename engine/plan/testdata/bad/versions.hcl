play "p" {
  hosts = "xsp"
  task "note" "a" {
    on = "R23" >= "R22"
  }
}
