play "p" {
  hosts = "xsp"
  task "note" "a" {
    for_each = { for k in ["x", "y"] : "${k}-${host.data.site}" => k }
    text     = each.value
  }
  task "note" "b" {
    for_each = toset(["k"])
    text = jsonencode(task.a)
  }
  task "note" "c" {
    text = task.b["k"].text
    depends_on = [task.b["k"]]
  }
  task "note" "none" {
    for_each = {}
  }
}
