# playbooks/rotate-authservice-keys.hcl
#
# New keys for the authentication service on every XSP|ADP: one host makes them, all others import them, then all restart,
# site by site. Tokens made with the old keys end to be valid.
#
#   muster apply playbooks/rotate-authservice-keys.hcl -i inventory/prod.hcl --var generation=2026-11
#
# A second run with the same generation changes nothing, or completes the hosts that were missing. No host may be missing when
# the keys are replaced, unless allow_missing: its tokens would not be understood elsewhere until the next run completes it.
#
# Assumed, because it is not published: how a server is made to replace its keys. muster types nothing that the server's own
# help does not list in KeyManagement; where that lists no such command, it changes nothing and says how to go on by hand.
# What muster does not do: change the length of the keys.

variable "generation" {
  type        = string
  description = "Name of the new keys, such as 2026-11; it is kept on the hosts and tells new from old"
}

variable "keymaster" {
  type        = string
  default     = null
  description = "Pattern of the host that makes the keys; the first when left out"
}

variable "allow_missing" {
  type        = bool
  default     = false
  description = "Whether hosts that cannot be reached may keep the old keys until the next run"
}

variable "client_cert" {
  type        = string
  default     = null
  description = "Certificate of a client that the interface accepts, for the proof after a restart"
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

variable "mtls" {
  type        = string
  default     = "interface"
  description = "interface, or webapp where only the authentication service demands client certificates"
  validation {
    condition     = contains(["interface", "webapp"], var.mtls)
    error_message = "mtls is \"interface\" or \"webapp\"."
  }
}

play "keys" {
  hosts = "xsp"

  task "authservice_keys" "keys" {
    generation  = var.generation
    client_cert = var.client_cert
    client_key  = var.client_key
    fan_out {
      from          = var.keymaster
      allow_missing = var.allow_missing
    }
    notify = [handler.restart]
  }

  handler "restart" "restart" {
    rollout {
      canary          = 1
      group_by        = "site"
      max_unavailable = var.max_unavailable
      health "tls_probe" "http" {
        address     = try(host.data.http_address, host.address)
        port        = try(host.data.http_port, 443)
        mtls        = var.mtls == "interface"
        client_cert = var.client_cert
        client_key  = var.client_key
        within      = "5m"
      }
    }
  }
}
