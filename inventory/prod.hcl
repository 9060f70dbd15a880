# inventory/prod.hcl
defaults {
  user        = "bwadmin"
  port        = 22
  ssh_key     = "~/.ssh/bw_ed25519"
  known_hosts = "~/.ssh/known_hosts"
}

group "xsp" {
  hosts = ["xsp[01:24].fra.example.net", "xsp[01:24].muc.example.net"]
}

group "as" {
  hosts = ["as[1:2].fra.example.net"]
}

group "fra" {
  match = "*.fra.*"
  data  = { site = "fra" }
}

group "muc" {
  match = "*.muc.*"
  data  = { site = "muc" }
}

host "xsp07.muc.example.net" {
  address = "10.8.4.7"
  data    = { cti_address = "10.8.5.7" }
}
