play "p" {
  hosts = "xsp"
  task "trust_ancor" "a" {
  }
}
