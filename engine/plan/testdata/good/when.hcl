play "p" {
  hosts = "xsp"
  task "note" "a" {
    when = host.data.site == "fra"
    text = host.data.site == "fra" ? "x" : file("missing.txt")
  }
}
