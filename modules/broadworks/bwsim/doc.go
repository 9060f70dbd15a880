// Package bwsim is a simulated fleet of Cisco BroadWorks servers, kept in
// memory and reached as real ones are: over SSH, with a shell, bwcli and SFTP,
// and over TLS on the CTI and HTTP interfaces that somebody configured.
//
// Its nouns:
//
//   - a [Fleet] is a set of hosts on loopback addresses of their own;
//   - a [Host] is one AS, XSP or ADP, with a stored and an active [Config] that
//     differ until the server is restarted; [Host.Configure] and [Host.Activate]
//     let a test begin in the middle;
//   - [Keys] are what the authentication service encrypts tokens with:
//     [Fleet.KeysAgree] judges whether hosts share them;
//   - a dialect is a seeded choice of everything that no public source fixes
//     (wordings, layouts, what asks for confirmation); dialect 0 prints the
//     published texts literally;
//   - a [Fault] is something that goes wrong on demand;
//   - an [Event] is one entry of the fleet's own record, by which tests judge a
//     run instead of believing the log of the program under test.
//
// It is not a model of BroadWorks' call processing, and it shares no code,
// regexp or constant with the driver that is tested against it. Behaviour that
// no public source shows is marked "assumed:" where it is written.
package bwsim
