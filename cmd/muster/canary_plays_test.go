//go:build linux

package main

// canaryVariables are those of the plays below; every run of TestCanary gives them.
const canaryVariables = `
variable "token" {
  type      = string
  sensitive = true
}

variable "do" {
  type    = string
  default = "nothing"
}

variable "root" {
  type = string
}

`

// carelessPlays give the token to a module that shows it wherever it can, and stop at the end with all plugins alive.
const carelessPlays = canaryVariables + `
play "careless" {
  hosts = "as"
  task "copy" "secret" {
    path           = "/export/home/bwadmin/secret.token"
    secret_content = var.token
  }
  task "copy" "text" {
    path    = "/export/home/bwadmin/text.token"
    content = "token=${var.token}\n"
    mode    = "0644"
  }
  task "witness" "one" {
    dump     = "${var.root}/dump"
    do       = var.do
    text     = var.token
    secret   = secret("file", "lab/bwcli_password")
    key_file = "lab/client.key"
  }
  task "witness" "two" {
    dump = "${var.root}/dump"
    do   = "nothing"
    text = task.one.echo
  }
}

play "last" {
  hosts      = "xsp01.fra.example.net"
  depends_on = [play.cti, play.careless]
  task "tls_probe" "mtls" {
    port        = 8012
    mtls        = true
    client_cert = var.client_cert
    client_key  = var.client_key
  }
  task "witness" "three" {
    dump  = "${var.root}/dump"
    do    = "wait"
    begin = "${var.root}/begin"
    end   = "${var.root}/end"
  }
}

output "token" {
  value     = var.token
  sensitive = true
}
`

// witnessPlay stops at the end with all plugins alive.
const witnessPlay = canaryVariables + `
play "last" {
  hosts      = "xsp01.fra.example.net"
  depends_on = [play.authservice]
  task "witness" "three" {
    dump  = "${var.root}/dump"
    do    = "wait"
    begin = "${var.root}/begin"
    end   = "${var.root}/end"
  }
}
`
