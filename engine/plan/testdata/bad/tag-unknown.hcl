# tags: restrat
play "p" {
  hosts = "xsp"
  task "note" "a" {
    tags = ["restart"]
  }
}
