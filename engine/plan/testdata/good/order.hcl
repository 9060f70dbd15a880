play "p" {
  hosts = "xsp"
  task "note" "late" {
    depends_on = [task.mid]
  }
  task "note" "mid" {
    text = task.early.text
  }
  task "note" "free" {
  }
  task "note" "early" {
  }
}
