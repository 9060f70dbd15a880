play "p" {
  hosts = "xsp
}
