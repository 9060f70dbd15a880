role "r" {
}
play "p" {
  hosts = "xsp"
  role  = "r"
}
