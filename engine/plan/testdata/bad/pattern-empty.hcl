play "p" {
  hosts = " "
  task "note" "a" {
  }
}
play "q" {
  hosts = var.where
  task "note" "a" {
  }
}
variable "where" {
  default = "nowhere"
}
