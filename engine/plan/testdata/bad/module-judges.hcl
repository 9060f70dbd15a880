play "p" {
  hosts = "xsp"
  task "note" "a" {
    for_each = ["x", "y"]
    text     = "bad ${each.key}"
  }
  task "note" "b" {
    text = "bad ${host.name}"
  }
  task "note" "c" {
    text = "bad"
  }
  task "note" "d" {
    text = "warn"
  }
}
