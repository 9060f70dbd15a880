plya "p" {
  hosts = "xsp"
}
