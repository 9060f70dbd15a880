variable "renew" {
  default = "x"
}
play "p" {
  hosts = "xsp"
  task "note" "a" {
    text = renew
  }
}
