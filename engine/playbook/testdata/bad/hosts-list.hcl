play "p" {
  hosts = ["xsp", "as"]
}
play "q" {
  hosts = []
}
