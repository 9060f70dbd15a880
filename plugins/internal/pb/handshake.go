package pb

// The handshake of go-plugin, on both sides. The cookie is no secret: it tells a plugin that muster started it, and not a
// person at a prompt.
const (
	ProtocolVersion = 1 // the major version, as in the package name muster.plugin.v1
	CookieKey       = "MUSTER_PLUGIN"
	CookieValue     = "muster.plugin.v1"
	PluginName      = "module" // what the engine dispenses
)

// MaxMessage bounds one message in either direction.
const MaxMessage = 4 << 20

// ChunkSize is how much content one message of a stream carries.
const ChunkSize = 256 << 10
