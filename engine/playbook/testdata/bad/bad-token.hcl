play "p" {
  hosts = @xsp
}
