# playbooks/webex-all.hcl
#
# The whole guide "Webex for Cisco BroadWorks" as far as servers are configured through bwcli, in its order: the services with
# mutual TLS, then the CTI interface. What webex-cti.hcl and authservice-mtls.hcl do, with one restart for each host at the
# end, site by site, each proved by TLS handshakes. The outputs are the checklist for Partner Hub; -v shows them whole.
#
#   muster apply playbooks/webex-all.hcl -i inventory/prod.hcl --var chain_file=chain.txt --var cert_dir=certs
#
# Groups: as, xsp. Every XSP needs host.data.site; cti_address, http_address (else the host's address) and http_port (443) say
# where its interfaces are. One certificate, cert_dir/HOST.crt, serves both interfaces of a host.
#
# Names of Xsi-Events are compared over all hosts before anything changes. A host that cannot be reached is left out and
# named; the next run completes it.
#
# Assumed, because it is not published:
# - Whether deploying the authentication service needs a restart. Where a server shows it only after one, this run restarts it
#   and leaves its tokens and keys to the next run; the output run_again names such hosts.
# - How a server shows its keys. On servers that do not, and where only some hosts have keys, name one that has them: keymaster.
# - Before the first restart the token URL does not answer. Then the first keys are made by the command that KeyManagement
#   itself lists for that.
# What muster does not do: install Xsi-Actions and Xsi-Events, Device Management, TLS-bridge proxies, the length of the keys,
# firewalls and DNS, and nothing in Partner Hub: see the outputs.

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

play "services" {
  hosts = "xsp"

  # What must hold before anything changes.

  task "ntp_synced" "clock" {}

  task "xsi_events" "events" {}

  check "one_name" {
    condition     = length(toset([for h in play.services.task.events : h.call_control_application_name])) <= 1
    error_message = "All Xsi-Events must have the same callControlApplicationName: ${join(", ", [for name, h in play.services.task.events : "${name} has ${h.call_control_application_name}"])}. Set it with a task xsi_events."
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
}

play "application_servers" {
  hosts = "as"
  task "client_identity" "webex" {
    name = "bwcticlient.webex.com"
  }
}

play "cti" {
  hosts = "xsp"

  task "trust_anchor" "cti_anchors" {
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
}

# Once for each host, when all plays that notify it have ended there.
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
    health "tls_probe" "cti" {
      port        = 8012
      mtls        = true
      client_cert = var.client_cert
      client_key  = var.client_key
      within      = "5m"
    }
  }
}

output "run_again" {
  description = "Hosts whose service appears only after the restart of this run: the next run completes them"
  value       = [for name, h in play.services.task.service : name if h.restart_first]
}

output "cti_interfaces" {
  description = "Partner Hub, step CTI: address and port by which Webex subscribes to events, of the public name that leads to each"
  value       = [for name, h in play.cti.task.cti : "${name} (${h.address}) port ${h.port}"]
}

output "open_ports" {
  description = "What must be reachable from Webex, TCP; the ranges of its addresses are in the guide's firewall table"
  value       = [for name, h in play.services.task.http : "${name}: ${h.port} to ${h.address}, 8012 to ${play.cti.task.cti[name].address}"]
}

output "urls" {
  description = "Partner Hub, steps Xsi, DAS and authentication service: by the public name of each, without the port where it is 443"
  value = { for name, h in play.services.task.http : name => {
    xsi_actions  = "https://${name}:${h.port}/com.broadsoft.xsi-actions"
    xsi_events   = "https://${name}:${h.port}/com.broadsoft.xsi-events"
    das          = "https://${name}:${h.port}/dms"
    auth_service = "https://${name}:${h.port}/authService"
  } }
}

output "partner_hub" {
  description = "What is left to do by hand"
  value = [
    "Open the ports of the output open_ports, and have public names for the addresses; no round-robin DNS for Xsi.",
    "Settings, BroadWorks Calling, Add Cluster: enter the Xsi, DAS, CTI and authentication service addresses of these outputs.",
    "Choose the authentication service without CI token validation: this playbook sets up mTLS.",
    "Wait until Partner Hub reports Success for each; it tests reachability and TLS, not subscriptions.",
  ]
}
