package playbook

// habits are words of other tools, with what is written here instead. None of them is ours, but modules may have
// arguments of these names: so they are looked up only after a name was found unknown.
var habits = map[string]string{
	// Ansible, in a play
	"serial":              `Write a rollout block: rollout { batches = [1, 5, "100%"] }, or max_unavailable = 1 in one.`,
	"max_fail_percentage": `Write a rollout block: rollout { max_failed = "10%" }.`,
	"any_errors_fatal":    "Write a rollout block: rollout { max_failed = 0 }.",
	"max_parallel":        "Write max_unavailable = 1 in the rollout block: how many hosts may be down at once.",
	"strategy":            "Remove it: hosts never wait for each other unless a reference or a rollout says so.",
	"gather_facts":        "Remove it: a module reads what it needs.",
	"tasks":               `Write each task as a block of its own: task "module" "name" { ... }.`,
	"pre_tasks":           `Write task blocks: they run in the order of the file.`,
	"post_tasks":          `Write task blocks: they run in the order of the file.`,
	"handlers":            `Write each handler as a block of its own: handler "module" "name" { ... }.`,
	"roles":               "Roles are not in this version: write the tasks out, or split the playbook into several files of one directory.",
	"vars":                `Write variable "name" { default = ... } for inputs and locals { ... } for named values.`,
	"vars_files":          "Give the file on the command line: --var-file FILE.",
	"remote_user":         "The inventory says how to log in: user = ... in defaults, a group or a host.",
	"connection":          "The inventory says how to log in.",
	"become":              "Remove it: a module does what its host's login may do.",
	"become_user":         "The inventory says how to log in: user = ... in defaults, a group or a host.",
	"environment":         "Remove it: modules start with an empty environment.",
	"debugger":            "Remove it: -v shows what a module reports.",
	"block":               "Write the tasks one after another: when a task fails, its host starts nothing more.",
	"rescue":              "Remove it: when a task fails, its host starts nothing more.",
	"always":              "Remove it: when a task fails, its host starts nothing more.",
	"import_playbook":     "Give the directory: its *.hcl files are merged.",
	"include_tasks":       "Put the tasks in another *.hcl file of the directory.",
	"import_tasks":        "Put the tasks in another *.hcl file of the directory.",
	// Ansible, in a task
	"register":      "Remove it: a task's outputs are read as task.NAME.attribute.",
	"loop":          "Write for_each = ..., and each.key and each.value in place of item.",
	"loop_control":  "Write for_each = ...: each.key names the instance.",
	"with_items":    "Write for_each = ..., and each.key and each.value in place of item.",
	"with_dict":     "Write for_each = ..., and each.key and each.value in place of item.",
	"with_fileglob": "Write for_each = ..., and each.key and each.value in place of item.",
	"until":         "Write run { retry { attempts = 3 } }, or a health block in a rollout.",
	"retries":       "Write run { retry { attempts = 3 } }.",
	"delay":         `Write run { retry { backoff = "5s" } }.`,
	"async":         `Write run { timeout = "30m" }.`,
	"poll":          `Write run { timeout = "30m" }.`,
	"timeout":       `Write run { timeout = "2m" }.`,
	"ignore_errors": "Remove it: say with when = ... for which hosts the task is meant.",
	"failed_when":   "Remove it: a module says when it has failed; use a check block to compare values.",
	"changed_when":  "Remove it: a module says what it changed.",
	"delegate_to":   "Write a play for that host and refer to its task: play.P.task.x[\"host\"].attr.",
	"run_once":      "Write a play whose pattern selects one host: hosts = \"xsp[01]\".",
	"no_log":        "Mark the value, not the task: sensitive = true in its variable block.",
	"listen":        "Notify the handler by its address: notify = [handler.restart].",
	"check_mode":    "Remove it: muster plan changes nothing.",
	"action":        `The module is the first label: task "module" "name" { ... }.`,
	"args":          "Write the module's arguments flat in the task.",
	// Terraform
	"resource":         `Write task "module" "name" { ... } in a play.`,
	"data":             `Write task "module" "name" { ... } with a module that reads, and refer to it as task.NAME.attr.`,
	"module":           "Roles are not in this version: write the tasks out, or split the playbook into several files of one directory.",
	"provider":         `Write requires { plugin "name" { ... } }; the inventory says how to log in.`,
	"terraform":        `Write requires { muster = "~> 1.0" }.`,
	"required_version": `Write requires { muster = "~> 1.0" }.`,
	"count":            "Write for_each = ... to repeat a task, or when = ... to leave it out.",
	"lifecycle":        "Remove it: order follows from references, depends_on and notify.",
	"provisioner":      "Write a task for it.",
	"triggers":         "Write notify = [handler.x] in the task that triggers.",
	"triggers_replace": "Write notify = [handler.x] in the task that triggers.",
	"replace":          "Remove it: a module replaces what differs.",
	"dynamic":          "Write for_each = ... on the task.",
	"import":           "Remove it: truth is read from the hosts, and nothing is kept.",
	"moved":            "Remove it: truth is read from the hosts, and nothing is kept.",
	"backend":          "Remove it: truth is read from the hosts, and nothing is kept.",
	"nullable":         "Write default = null to make a variable optional.",
	"var":              `Write variable "name" { ... } to declare it; it is read as var.name.`,
	"local":            "Write locals { name = value }; it is read as local.name.",
}

// Habit says what to write instead of a word of Ansible or Terraform. Whoever finds an unknown name asks it before
// looking for a misspelling.
func Habit(name string) (advice string, ok bool) {
	advice, ok = habits[name]
	return advice, ok
}
