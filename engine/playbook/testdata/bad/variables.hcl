variable "v" {
  typ         = string
  description = "x ${local.y}"
  sensitive   = "yes"
  nullable    = true
  validation {
    condition = "true"
  }
}
output "o" {
}
locals {
  nested {
  }
}
