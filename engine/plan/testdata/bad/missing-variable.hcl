variable "must" {
  type = string
}
play "p" {
  hosts = "xsp"
  task "note" "a" {
    text = var.must
  }
}
