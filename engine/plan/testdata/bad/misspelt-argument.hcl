play "p" {
  hosts = "xsp"
  task "note" "a" {
    txt = "x"
  }
  task "trust_anchor" "b" {
    interface = "cti"
    alais     = "x"
    pem       = "x"
  }
}
