play "p" {
  task "note" "a" {
  }
}
