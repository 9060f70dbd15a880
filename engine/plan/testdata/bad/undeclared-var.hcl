# var: prot=1
variable "port" {
  default = 1
}
play "p" {
  hosts = "xsp"
  task "note" "a" {
    n = var.port
  }
}
