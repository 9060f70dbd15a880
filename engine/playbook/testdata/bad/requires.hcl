requires {
  muster  = ">= banana"
  plugins = []
  plugin "a" {
    source  = "github.com/x/y"
    version = var.v
  }
  plugin "a" {
    version = 3
  }
}
