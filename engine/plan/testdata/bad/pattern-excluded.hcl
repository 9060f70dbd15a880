play "p" {
  hosts = "xsp:!maintainance"
  task "note" "a" {
  }
}
