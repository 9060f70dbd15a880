package diag

// The codes of every diagnostic. The first two digits are the area: 01 what is read and selected, 02 the form of a file,
// 03 references, 04 values, 05 the inventory, 06 rollouts, 10 a run; W is a warning and N a note. A code never changes its
// meaning; one that is no longer given is not reused.
const (
	FileUnreadable   = "E0101"
	FileNotRegular   = "E0102"
	FileTooLarge     = "E0103"
	FileNotText      = "E0104"
	NestedTooDeep    = "E0105"
	PathEscapes      = "E0106"
	NoFiles          = "E0107"
	FileUnwritable   = "E0108"
	NothingMatches   = "E0110"
	BadPattern       = "E0111"
	NothingSelected  = "E0112"
	UnknownTag       = "E0113"
	UnknownTarget    = "E0114"
	BadTarget        = "E0115"
	BadFlag          = "E0116"
	UnknownVariable  = "E0120"
	MissingVariable  = "E0121"
	BadVariable      = "E0122"
	VariableRule     = "E0123"
	NoInventory      = "E0130"
	SecretUnreadable = "E0140"
	NoTerminal       = "E0141"
	PlanFileRefused  = "E0150"
	StateUnusable    = "E0151"
	UnknownRun       = "E0152"
	WrongRunState    = "E0153"
	InputsChanged    = "E0154"
	HostsHeld        = "E0155"
	LeaseRefused     = "E0156"

	BadSyntax        = "E0201"
	UnknownBlock     = "E0202"
	UnknownArgument  = "E0203"
	MissingArgument  = "E0204"
	WrongType        = "E0205"
	NotAllowed       = "E0206"
	Duplicate        = "E0207"
	BadName          = "E0208"
	NotInThisVersion = "E0209"
	WrongFileKind    = "E0210"
	BadLabels        = "E0211"
	TooManyBlocks    = "E0212"
	MissingBlock     = "E0213"
	BadArgument      = "E0214"
	QuotedValue      = "E0215"
	TemplateBraces   = "E0216"
	BadConstraint    = "E0217"
	NotConstant      = "E0218"

	UnknownHandler   = "E0301"
	UnknownReference = "E0302"
	BadReference     = "E0303"
	UnknownModule    = "E0304"
	UnknownFunction  = "E0306"
	UnknownAttribute = "E0307"
	Cycle            = "E0310"
	NotAProbe        = "E0311"
	NoFanOut         = "E0312"

	BadExpression    = "E0401"
	BadFunctionCall  = "E0402"
	BadDuration      = "E0403"
	BadForEach       = "E0404"
	BadCertificate   = "E0405"
	NullValue        = "E0406"
	BadCount         = "E0407"
	NotYetKnown      = "E0408"
	SensitiveKey     = "E0409"
	BadOutput        = "E0410"
	CheckRule        = "E0411"
	VersionsAsText   = "E0412"
	TooManyInstances = "E0413"

	DuplicateHost    = "E0501"
	DuplicateAddress = "E0502"
	BadHostName      = "E0503"
	BadRange         = "E0504"
	TooManyHosts     = "E0505"
	GroupConflict    = "E0506"
	BadPort          = "E0507"
	BadUser          = "E0508"
	NoHosts          = "E0509"
	UnknownHost      = "E0510"
	MissingHostData  = "E0512"

	BadRollout     = "E0601"
	RolloutTwice   = "E0602"
	GroupByMissing = "E0603"

	NodeFailed      = "E1001"
	HostUnreachable = "E1002"
	AuthRefused     = "E1003"
	HostKeyMismatch = "E1004"
	NodeTimeout     = "E1005"
	OutcomeUnknown  = "E1006"
	PluginDied      = "E1007"
	PluginRefused   = "E1010"
	Interrupted     = "E1012"
	NotOnAllHosts   = "E1013"
	OutputsGone     = "E1014"
	HostWentDown    = "E1015"
	InternalFault   = "E1099"

	StrayVariable    = "W0120"
	ModuleWarning    = "W0201"
	ExpiresSoon      = "W0203"
	ByteOrderMark    = "N0101"
	LeftHalfWay      = "N0154"
	TextAroundBlocks = "N0401"
)

// Entry is one row of the table of codes.
type Entry struct{ Code, Text string }

// Codes is every code with a short text, in order of the areas.
var Codes = []Entry{
	{FileUnreadable, "a file cannot be read"},
	{FileNotRegular, "a path is no regular file"},
	{FileTooLarge, "a file is larger than allowed"},
	{FileNotText, "a file is not UTF-8 text"},
	{NestedTooDeep, "a file nests too deeply"},
	{PathEscapes, "a path leads out of the playbook's directory"},
	{NoFiles, "a directory holds no file of the kind wanted"},
	{FileUnwritable, "a file cannot be written"},
	{NothingMatches, "a part of a pattern matches nothing"},
	{BadPattern, "a pattern cannot be read"},
	{NothingSelected, "a selection leaves no host"},
	{UnknownTag, "no task has the tag"},
	{UnknownTarget, "no task has the address"},
	{BadTarget, "an address cannot be read"},
	{BadFlag, "a flag has a value that it does not take"},
	{UnknownVariable, "a value is given for a variable that is not declared"},
	{MissingVariable, "a required variable has no value"},
	{BadVariable, "a variable's value does not fit its type"},
	{VariableRule, "a variable's value breaks its validation rule"},
	{NoInventory, "hosts are needed and no inventory is given"},
	{SecretUnreadable, "a secret cannot be obtained"},
	{NoTerminal, "a question needs a terminal"},
	{PlanFileRefused, "a saved plan is not one that may be applied"},
	{StateUnusable, "the place where runs are recorded cannot be used"},
	{UnknownRun, "there is no such run"},
	{WrongRunState, "a run is not in a state in which this can be done"},
	{InputsChanged, "what a run or a saved plan is made of was changed since"},
	{HostsHeld, "another run holds hosts of this one"},
	{LeaseRefused, "the lease of a host cannot be taken"},
	{BadSyntax, "a file is not valid HCL"},
	{UnknownBlock, "a block is not known here"},
	{UnknownArgument, "an argument is not known here"},
	{MissingArgument, "a required argument is missing"},
	{WrongType, "a value has the wrong type"},
	{NotAllowed, "a value is none of those allowed"},
	{Duplicate, "a name is used twice"},
	{BadName, "a name has a form that is not allowed"},
	{NotInThisVersion, "a part of the language is not built in this version"},
	{WrongFileKind, "an inventory is given as a playbook, or the reverse"},
	{BadLabels, "a block has too few or too many labels"},
	{TooManyBlocks, "a block stands more often than it may"},
	{MissingBlock, "a required block is missing"},
	{BadArgument, "a module refuses an argument"},
	{QuotedValue, "an expression is written as a string"},
	{TemplateBraces, "{{ }} is written where ${ } is meant"},
	{BadConstraint, "a version constraint cannot be met or read"},
	{NotConstant, "an expression stands where a constant is needed"},
	{UnknownHandler, "notify points at a handler that does not exist"},
	{UnknownReference, "a reference points at nothing"},
	{BadReference, "a reference has a form that is not allowed here"},
	{UnknownModule, "a task names a module that does not exist"},
	{UnknownFunction, "a function does not exist"},
	{UnknownAttribute, "a value has no attribute of that name"},
	{Cycle, "things depend on each other in a circle"},
	{NotAProbe, "a health block names a module that is no probe"},
	{NoFanOut, "a task cannot fan out as it is written"},
	{BadExpression, "an expression cannot be evaluated"},
	{BadFunctionCall, "a function refuses its arguments"},
	{BadDuration, "a duration cannot be read"},
	{BadForEach, "for_each has a value that cannot be walked"},
	{BadCertificate, "a certificate or key cannot be used"},
	{NullValue, "a value is null where one is needed"},
	{BadCount, "a number or percentage cannot be read"},
	{NotYetKnown, "a value is needed before it is known"},
	{SensitiveKey, "a sensitive value would become visible as a name"},
	{BadOutput, "an output cannot be shown"},
	{CheckRule, "the condition of a check block does not hold"},
	{VersionsAsText, "versions are compared as text"},
	{TooManyInstances, "for_each makes more instances than allowed"},
	{DuplicateHost, "a host stands twice in the inventory"},
	{DuplicateAddress, "two hosts have one address"},
	{BadHostName, "a host name or address has a form that is not allowed"},
	{BadRange, "a range of host names cannot be read"},
	{TooManyHosts, "a range makes more hosts than allowed"},
	{GroupConflict, "unrelated groups set a value differently"},
	{BadPort, "a port is outside 1 to 65535"},
	{BadUser, "a user name has a form that is not allowed"},
	{NoHosts, "an inventory holds no host"},
	{UnknownHost, "a host is not in the inventory"},
	{MissingHostData, "a host lacks data that is needed"},
	{BadRollout, "a rollout has a value that cannot work"},
	{RolloutTwice, "a play and its handler both have a rollout"},
	{GroupByMissing, "a host lacks the key that a rollout groups by"},
	{NodeFailed, "a task failed on a host"},
	{HostUnreachable, "a host cannot be reached"},
	{AuthRefused, "a host refuses the login"},
	{HostKeyMismatch, "a host shows another key than the known one"},
	{NodeTimeout, "a task did not end in time"},
	{OutcomeUnknown, "it is not known whether a change took place"},
	{PluginDied, "a plugin's process ended or failed"},
	{PluginRefused, "a plugin cannot be used"},
	{Interrupted, "the run was interrupted"},
	{NotOnAllHosts, "what hosts share is not the same on all of them"},
	{OutputsGone, "a value is not known when it is needed, such as one that an interrupted run had and does not keep"},
	{HostWentDown, "a host that was well after its restart is down"},
	{InternalFault, "muster itself is at fault"},
	{StrayVariable, "the environment has a value for a name like that of a variable"},
	{ModuleWarning, "a module warns about an argument"},
	{ExpiresSoon, "a certificate expires soon"},
	{ByteOrderMark, "a byte order mark is skipped"},
	{LeftHalfWay, "something that a run began is not planned any more"},
	{TextAroundBlocks, "text around certificates is skipped"},
}

// Text is a code's short text, or empty for a code that is not in the table.
func Text(code string) string {
	for _, e := range Codes {
		if e.Code == code {
			return e.Text
		}
	}
	return ""
}
