play "p" {
  hosts = "xps:&fra"
  task "note" "a" {
  }
}
