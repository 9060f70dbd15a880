variable "pin" {
  default   = "bad pin 1234"
  sensitive = true
}
play "p" {
  hosts = "xsp"
  task "note" "a" {
    text = var.pin
  }
  task "note" "b" {
    n = var.pin
  }
  task "note" "c" {
    n = tonumber(var.pin)
  }
}
