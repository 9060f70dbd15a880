package bwsim

// pickWeb is everything about HTTP and the authentication service.
func (v *dialect) pickWeb(d dice) {
	for p := refused + 1; p <= badURL; p++ {
		v.texts[p] = pick(d, problemTexts[p]...)
	}
	v.apps = pick(d,
		appStyle{[4]string{"Name", "Version", "Context Path", "Status"}, "Activated", false},
		appStyle{[4]string{"Application Name", "Version", "Context Path", "State"}, "Active", false},
		appStyle{[4]string{"Identity", "Version", "Path", "Status"}, "Activated", true})
	v.appWarns = pick(d, false, true)
	v.appEffect = pick(d, atOnce, afterRestart)
	v.authName = pick(d, AuthenticationService, "authenticationService")
	v.authEarly = pick(d, true, false)
	v.tokenEffect = pick(d, atOnce, afterRestart)
	v.tokenBody = pick(d, tokenPlain, tokenJSON, tokenXML, tokenEmpty)
	v.keys = pick(d, keysHidden, keysDigest, keysDate, keysYesNo, keysSilent)
	v.keysAsk = pick(d, asksNever, asksWhenReplacing, asksAlways)
	v.importEffect = pick(d, afterRestart, atOnce)
	v.exported = pick(d, "", "Keys exported to "+keysFile+"\n")
	v.utilityEffect = pick(d, atOnce, afterRestart)
	v.xsiEffect = pick(d, afterRestart, atOnce)
	v.options = optionStyle{set: pick(d, false, true), pairs: pick(d, false, true), replace: pick(d, false, false, true)}
	v.ntp = pick(d, NTPChrony, NTPDaemon, NTPTimedatectl)
	v.oldClock = pick(d, false, true)
	v.texts[noPrivilege] = pick(d, problemTexts[noPrivilege]...)
}
