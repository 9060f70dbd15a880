play "p" {
  hosts = "xsp"
  task "note" "a" {
    whn        = true
    depend_on  = [task.a]
    notifiy    = [handler.restart]
    txt        = "x"
    register   = "x"
    zzzzzzzzzz = 1
  }
  handler "restart" "restart" {
    x = 1
    rolout {
    }
    rollout {
      health "tls_probe" "x" {
        port   = 1
        withn  = "5m"
        stabel = "1s"
      }
    }
  }
}
