play "p" {
  hosts      = "xsp"
  depend_on  = [play.q]
  taks "note" "a" {
  }
}
