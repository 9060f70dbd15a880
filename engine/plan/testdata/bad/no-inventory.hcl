# no inventory
variable "n" {
  type = string
}
play "p" {
  hosts = "xsp"
  task "note" "a" {
    txt  = "x"
    n    = var.n
  }
  task "note" "b" {
    text = task.c.text
    notify = [handler.h]
  }
}
