play "p" {
  hosts = "xsp"
  handler "restart" "h" {
    when     = true
    for_each = ["a"]
    notify   = [handler.h]
    health "tls_probe" "x" {
    }
  }
}
