# var: port=70000
variable "port" {
  type = number
  validation {
    condition     = var.port < 65536
    error_message = "A port is below 65536."
  }
}
play "p" {
  hosts = "xsp"
  task "note" "a" {
    n = var.port
  }
}
