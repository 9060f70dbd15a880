# playbooks/rolling-restart.hcl
#
# Restarts BroadWorks on any hosts, site by site, the canary first: the next one only when the one before has proved that it
# restarted and is well (its secure ports answer, healthmon -l reports NOTIFICATION). Stops at the first that does not.
#
#   muster apply playbooks/rolling-restart.hcl -i inventory/prod.hcl --var 'hosts=xsp:&fra'
#
# A restart is an action: every run does it again. Restarts that playbooks still owe are not forgotten by it; they notice at
# their next run. Every host needs host.data.site.
# What muster does not do: lock servers or wait until calls have ended. Choose the time.

variable "hosts" {
  type        = string
  default     = "xsp"
  description = "Pattern of the hosts to restart"
}

variable "canary" {
  type        = number
  default     = 1
  description = "How many hosts must end well first"
}

variable "max_unavailable" {
  type        = number
  default     = 1
  description = "How many hosts of a site may be down at once; one that cannot be reached counts"
}

play "restart" {
  hosts = var.hosts

  rollout {
    canary          = var.canary
    group_by        = "site"
    max_unavailable = var.max_unavailable
  }

  task "restart" "restart" {
    run {
      timeout = "20m"
    }
  }
}
