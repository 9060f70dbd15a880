play "first" {
  hosts      = "xsp"
  depends_on = [play.frist, play.fist]
  task "note" "a" {
  }
}
