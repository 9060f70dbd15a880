# playbooks/authservice-mtls.hcl
#
# "Configure Services (with mTLS for the Auth Service)" of the Webex for Cisco BroadWorks guide: the authentication service on
# every XSP|ADP, reached by mutual TLS, all with the same keys. For partners who run several Webex organizations off one XSP;
# for others the guide recommends CI token validation, which this playbook does not set up.
#
#   muster apply playbooks/authservice-mtls.hcl -i inventory/prod.hcl --var chain_file=chain.txt --var cert_dir=certs
#
# Every XSP needs host.data.site. Its HTTP interface is host.data.http_address (else the host's address) and http_port (443).
#
# Names of Xsi-Events are compared over all hosts before anything changes. A host that cannot be reached is left out and
# named; the next run completes it.
#
# Assumed, because it is not published:
# - Whether deploying needs a restart. Where a server shows the service only after one, this run restarts it and leaves its
#   tokens and keys to the next run; the output run_again names such hosts.
# - How a server shows its keys. On servers that do not, and where only some hosts have keys, name one that has them: keymaster.
# - Before the first restart the token URL does not answer. Then the first keys are made by the command that KeyManagement
#   itself lists for that.
# What muster does not do: install Xsi-Actions and Xsi-Events, Device Management, TLS-bridge proxies, the length of the keys.

variable "chain_file" {
  type        = string
  description = "CombinedCertChain file downloaded from Control Hub"
  validation {
    condition     = length(pem_blocks(file(var.chain_file))) == 2
    error_message = "Expected two certificates (root and issuing)."
  }
}

variable "cert_dir" {
  type        = string
  description = "Directory with HOST.key, HOST.crt and chain.pem"
}

variable "keymaster" {
  type        = string
  default     = null
  description = "Pattern of the host that gives the keys; the first that holds any when left out"
}

variable "mtls" {
  type        = string
  default     = "interface"
  description = "interface: everything behind the address and port demands client certificates. webapp: only the authentication service does"
  validation {
    condition     = contains(["interface", "webapp"], var.mtls)
    error_message = "mtls is \"interface\" or \"webapp\"."
  }
}

variable "token_hours" {
  type        = number
  default     = 1440
  description = "How long a token is valid, in hours; at least 60 days, at most 4320"
}

variable "client_cert" {
  type        = string
  default     = null
  description = "Certificate of a client that the interface accepts: for the token request and the proof after a restart"
}

variable "client_key" {
  type        = string
  default     = null
  description = "Its private key"
}

variable "max_unavailable" {
  type        = number
  default     = 1
  description = "How many XSPs of a site may be down at once; one that cannot be reached counts"
}

locals {
  chain = pem_by_role(file(var.chain_file)) # { root = "...", issuing = "..." }
  url   = "http://127.0.0.1/authService"
  port  = try(host.data.http_port, 443)
}

play "authservice" {
  hosts = "xsp"

  # What must hold before anything changes.

  task "ntp_synced" "clock" {}

  task "xsi_events" "events" {}

  check "one_name" {
    condition     = length(toset([for h in play.authservice.task.events : h.call_control_application_name])) <= 1
    error_message = "All Xsi-Events must have the same callControlApplicationName: ${join(", ", [for name, h in play.authservice.task.events : "${name} has ${h.call_control_application_name}"])}. Set it with a task xsi_events."
  }

  # The interface, and whom it trusts.

  task "http_interface" "http" {
    client_auth       = var.mtls == "interface" ? true : null
    require_protocols = ["TLSv1.2"]
    require_ciphers   = ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"]
    certificate {
      key_file   = "${var.cert_dir}/${host.name}.key"
      cert_file  = "${var.cert_dir}/${host.name}.crt"
      chain_file = "${var.cert_dir}/chain.pem"
    }
    notify = [handler.restart]
  }

  task "trust_anchor" "anchors" {
    for_each  = local.chain
    interface = "http"
    alias     = "webexclient${each.key}2023"
    pem       = each.value
    notify    = [handler.restart]
  }

  task "webapp_mtls" "demand" {
    when   = var.mtls == "webapp"
    notify = [handler.restart]
  }

  # The service, its keys and its URL.

  task "authservice" "service" {
    token_hours = var.token_hours
    notify      = [handler.restart]
  }

  task "authservice_keys" "keys" {
    when        = !task.service.restart_first
    client_cert = var.client_cert
    client_key  = var.client_key
    fan_out {
      from = var.keymaster
    }
    notify = [handler.restart]
  }

  task "authservice_url" "url" {
    url    = local.url
    notify = [handler.restart]
  }

  task "container_option" "url_of_container" {
    container = "tomcat"
    key       = "bw.authservice.authServiceUrl"
    value     = local.url
    notify    = [handler.restart]
  }

  handler "restart" "restart" {
    rollout {
      canary          = 1
      group_by        = "site"
      max_unavailable = var.max_unavailable
      health "tls_probe" "http" {
        address     = try(host.data.http_address, host.address)
        port        = local.port
        mtls        = var.mtls == "interface"
        client_cert = var.client_cert
        client_key  = var.client_key
        within      = "5m"
      }
    }
  }
}

output "run_again" {
  description = "Hosts whose service appears only after the restart of this run: the next run completes them"
  value       = [for name, h in play.authservice.task.service : name if h.restart_first]
}
