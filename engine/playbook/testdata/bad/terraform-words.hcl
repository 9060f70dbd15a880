terraform {
  required_version = ">= 1"
}
provider "broadworks" {
}
resource "trust_anchor" "root" {
}
data "x" "y" {
}
module "m" {
}
