variable "s" {
  default   = "x"
  sensitive = true
}
play "p" {
  hosts = "xsp"
  task "note" "a" {
    for_each = toset([var.s])
  }
}
