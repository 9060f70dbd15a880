group "xsp" {
  hosts = ["xsp01"]
}
play "p" {
  hosts = "xsp"
}
