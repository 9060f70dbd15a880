# limit: muc
play "p" {
  hosts = "xsp"
  rollout {
    canary   = "xsp01.fra"
    soak     = "1m"
    group_by = "site"
  }
  task "note" "a" {
  }
}
