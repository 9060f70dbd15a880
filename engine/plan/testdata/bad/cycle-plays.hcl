play "p" {
  hosts      = "xsp"
  depends_on = [play.q]
  task "note" "a" {
  }
}
play "q" {
  hosts      = "xsp"
  depends_on = [play.p]
  task "note" "a" {
  }
}
