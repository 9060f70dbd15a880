variable "v" {
}
variable "v" {
}
locals {
  l = 1
}
locals {
  l = 2
}
output "o" {
  value = 1
}
output "o" {
  value = 2
}
play "p" {
  hosts = "xsp"
  task "note" "a" {
  }
  task "other" "a" {
  }
  handler "restart" "h" {
  }
  handler "restart" "h" {
  }
  check "c" {
    condition     = true
    error_message = "x"
  }
  check "c" {
    condition     = true
    error_message = "x"
  }
}
play "p" {
  hosts = "as"
}
