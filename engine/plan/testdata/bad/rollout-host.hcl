play "p" {
  hosts = "xsp"
  task "note" "a" {
  }
  rollout {
    group_by = host.data.site
  }
}
