play "p" {
  hosts        = "xsp"
  serial       = 1
  gather_facts = false
  strategy     = "free"
  tasks        = []
  vars {
  }
}
