locals {
  x = local.y
  y = local.x
}
play "p" {
  hosts = "xsp"
  task "note" "a" {
    text = local.x
  }
}
