play "p" {
  hosts = "xsp"
  task "note" "a" {
    n = host.data.site == "fra" ? "x" : "1"
  }
}
