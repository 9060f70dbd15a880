play "my play" {
  hosts = "xsp"
  task "Trust-Anchor" "1st" {
  }
}
variable "a.b" {
}
