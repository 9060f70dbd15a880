# playbooks/rotate-trust-anchors.hcl
#
# A new Webex CA chain for the CTI and HTTP interfaces of every XSP|ADP: the new anchors are stored beside the old ones, every
# host is restarted and proved by TLS handshakes, and only when all hosts are well the old anchors are removed, which takes
# effect with a second restart.
#
#   muster apply playbooks/rotate-trust-anchors.hcl -i inventory/prod.hcl --var chain_file=new.txt --var new=2028 --var old=2023
#
# With remove_old=false the old ones stay; run it again later without. The proof is only as good as the client: with client_cert
# and client_key, issued by the NEW chain, it is that the new chain is trusted; without, that client certificates are demanded.
# It is made on the CTI port when interfaces has cti, else on the HTTP port.
#
# Assumed, because it is not published: anchors take effect with a restart, and deleting one is `delete ALIAS`.
# What muster does not do: find out whether Webex has begun to use the new chain. The guide says when.

variable "chain_file" {
  type        = string
  description = "CombinedCertChain file with the new chain"
  validation {
    condition     = length(pem_blocks(file(var.chain_file))) == 2
    error_message = "Expected two certificates (root and issuing)."
  }
}

variable "new" {
  type        = string
  description = "Suffix of the new aliases: webexclientrootSUFFIX and webexclientissuingSUFFIX"
}

variable "old" {
  type        = string
  description = "Suffix of the aliases to remove"
  validation {
    condition     = var.old != var.new
    error_message = "The new anchors need other aliases than the old ones."
  }
}

variable "remove_old" {
  type        = bool
  default     = true
  description = "Whether the old anchors are removed when all hosts have proved the new ones"
}

variable "interfaces" {
  type        = set(string)
  default     = ["cti", "http"]
  description = "Kinds of interfaces: cti, http"
}

variable "mtls" {
  type        = string
  default     = "interface"
  description = "interface, or webapp where only the authentication service demands client certificates"
  validation {
    condition     = contains(["interface", "webapp"], var.mtls)
    error_message = "mtls is \"interface\" or \"webapp\"."
  }
}

variable "client_cert" {
  type        = string
  default     = null
  description = "Certificate of a client that the new chain issued, for the proof"
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
  chain   = pem_by_role(file(var.chain_file)) # { root = "...", issuing = "..." }
  anchors = { for p in setproduct(var.interfaces, keys(local.chain)) : "${p[0]} ${p[1]}" => "${p[0]}/${p[1]}" }
}

play "add" {
  hosts = "xsp"

  task "trust_anchor" "new" {
    for_each  = local.anchors
    interface = split("/", each.value)[0]
    alias     = "webexclient${split("/", each.value)[1]}${var.new}"
    pem       = local.chain[split("/", each.value)[1]]
    notify    = [handler.restart]
  }

  handler "restart" "restart" {
    rollout {
      canary          = 1
      group_by        = "site"
      max_unavailable = var.max_unavailable
      health "tls_probe" "proof" {
        address     = contains(var.interfaces, "cti") ? try(host.data.cti_address, host.address) : try(host.data.http_address, host.address)
        port        = contains(var.interfaces, "cti") ? 8012 : try(host.data.http_port, 443)
        mtls        = contains(var.interfaces, "cti") || var.mtls == "interface"
        client_cert = var.client_cert
        client_key  = var.client_key
        within      = "5m"
      }
    }
  }
}

play "remove" {
  hosts      = "xsp"
  depends_on = [play.add] # all hosts and their restarts, all well

  task "trust_anchor" "old" {
    for_each  = var.remove_old ? local.anchors : {}
    interface = split("/", each.value)[0]
    alias     = "webexclient${split("/", each.value)[1]}${var.old}"
    ensure    = "absent"
    notify    = [handler.restart_without]
  }

  handler "restart" "restart_without" {
    rollout {
      canary          = 1
      group_by        = "site"
      max_unavailable = var.max_unavailable
      health "tls_probe" "proof" {
        address     = contains(var.interfaces, "cti") ? try(host.data.cti_address, host.address) : try(host.data.http_address, host.address)
        port        = contains(var.interfaces, "cti") ? 8012 : try(host.data.http_port, 443)
        mtls        = contains(var.interfaces, "cti") || var.mtls == "interface"
        client_cert = var.client_cert
        client_key  = var.client_key
        within      = "5m"
      }
    }
  }
}
