play "p" {
  hosts = "xsp"
  handler "restart" "h" {
  }
}
handler "restart" "h" {
}
