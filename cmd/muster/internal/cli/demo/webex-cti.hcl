# playbooks/webex-cti.hcl
variable "chain_file" {
  type        = string
  description = "CombinedCertChain file downloaded from Partner Hub"
  validation {
    condition     = length(pem_blocks(file(var.chain_file))) == 2
    error_message = "Expected two certificates (root and issuing)."
  }
}

variable "cert_dir" {
  type        = string
  description = "Directory with HOST.key, HOST.crt and chain.pem"
}

variable "client_cert" {
  type    = string
  default = null
}

variable "client_key" {
  type    = string
  default = null
}

locals {
  chain = pem_by_role(file(var.chain_file)) # { root = "...", issuing = "..." }
}

play "application_servers" {
  hosts = "as"
  task "client_identity" "webex" {
    name = "bwcticlient.webex.com"
  }
}

play "cti" {
  hosts = "xsp"

  task "trust_anchor" "anchors" {
    for_each  = local.chain
    interface = "cti"
    alias     = "webexclient${each.key}2023"
    pem       = each.value
    notify    = [handler.restart]
  }

  task "certificate_authentication" "client_app" {
    allow_client_app = true
    notify           = [handler.restart]
  }

  task "cti_interface" "cti" {
    port              = 8012
    client_auth       = true
    require_protocols = ["TLSv1.2"]
    require_ciphers   = ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"]
    certificate {
      key_file   = "${var.cert_dir}/${host.name}.key"
      cert_file  = "${var.cert_dir}/${host.name}.crt"
      chain_file = "${var.cert_dir}/chain.pem"
    }
    notify = [handler.restart]
  }

  handler "restart" "restart" {
    rollout {
      canary          = 1
      group_by        = "site"
      max_unavailable = 1
      health "tls_probe" "cti" {
        port        = 8012
        mtls        = true
        client_cert = var.client_cert
        client_key  = var.client_key
        within      = "5m"
      }
    }
  }
}
