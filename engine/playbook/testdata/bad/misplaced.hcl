hosts = "xsp"
task "note" "a" {
}
rollout {
}
