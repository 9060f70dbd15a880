# var: port=eighty
variable "port" {
  type = number
}
play "p" {
  hosts = "xsp"
  task "note" "a" {
    n = var.port
  }
}
