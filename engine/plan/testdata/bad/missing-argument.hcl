play "p" {
  hosts = "xsp"
  task "trust_anchor" "a" {
    interface = "cti"
  }
}
