play "p" {
  hosts = "xsp"
  task "note" "a" {
    for_each = [1, 2]
  }
  task "note" "b" {
    for_each = ["x", "x"]
  }
  task "note" "c" {
    for_each = null
  }
}
