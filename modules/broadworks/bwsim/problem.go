package bwsim

// problem is why a command is refused.
type problem int

const (
	duplicate problem = iota
	notFound
	noSuchFile
	notPEM
	keyMismatch
	encryptedKey
	badCipher
	inUse
	badLogin
	exists
	refused

	noKeys
	foreignKeys
	corruptKeys
	cannotWrite
	unknownApp
	unknownVersion
	badArchive
	badPath
	pathTaken
	wrongState
	badURL
	noPrivilege
	problems // how many there are
)

// problemTexts are the wordings of each problem, dialect 0's first. The first
// of duplicate and notFound contain what one context is known to print;
// assumed: the rest.
var problemTexts = [problems][]string{
	duplicate:    {"This entry is already present in list", "The entry already exists.", "Duplicate entry."},
	notFound:     {"Entry not found", "The entry does not exist.", "No such entry."},
	noSuchFile:   {"File %s not found", "Cannot open file %s (No such file or directory)", "%s: unable to read the file."},
	notPEM:       {"%s is not a valid certificate file", "Unable to parse %s: unexpected input", "Invalid file format: %s"},
	keyMismatch:  {"The private key does not match the certificate", "Key and certificate mismatch.", "keyFile: certificate public key differs"},
	encryptedKey: {"Encrypted private keys are not supported: %s", "%s is protected by a passphrase."},
	badCipher:    {"%s is not a supported cipher", "Unknown cipher suite %s.", "Cipher name %s is invalid"},
	inUse:        {"Several interfaces have the address %s: the port is mandatory", "Ambiguous interface %s."},
	badLogin:     {"Invalid user ID or password", "Login failed.", "Authentication failure for this user"},
	exists:       {"The alias %s is already present in list", "A trust anchor with alias %s already exists."},
	refused:      {"The command cannot be executed at this time", "Permission denied.", "Operation failed."},

	noKeys:         {"There are no keys to export", "No key pair was generated yet.", "Key store is empty"},
	foreignKeys:    {"%s is not a valid key file", "Unable to import keys from %s: unknown format.", "Invalid file format: %s"},
	corruptKeys:    {"%s is corrupted", "Unable to import keys from %s: integrity check failed.", "Unexpected end of file: %s"},
	cannotWrite:    {"Cannot write file %s", "%s: No space left on device", "Export to %s failed."},
	unknownApp:     {"Application %s is not installed", "No such application: %s"},
	unknownVersion: {"Version %s is not installed", "Invalid version %s."},
	badArchive:     {"%s is not an application archive", "Invalid file format: %s"},
	badPath:        {"%s is not a valid context path", "The context path must start with /"},
	pathTaken:      {"The context path %s is already in use", "Another application is active on %s."},
	wrongState:     {"Application %s is not in the expected state", "The operation is not allowed in the current state of %s."},
	noPrivilege:    {"You do not have sufficient privileges to execute this command", "Permission denied.", "Not authorized"},
	badURL:         {"%s is not a valid URL", "Malformed URL: %s"},
}
