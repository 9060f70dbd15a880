// Package sdktest tests modules without a host, an engine or a network.
//
// A Conn is a host in memory: files, commands and a device behind a shell that answer as the test scripts them, and a
// record of all that was asked of it. Conform holds a module against what package sdk promises, three ways: called
// directly, across the protocol in one process, and across it to a real plugin process, which is the test binary started
// again; for that, TestMain calls Main.
//
//	func TestMain(m *testing.M) { sdktest.Main(m, &Motd{}) }
//
//	func TestConforms(t *testing.T) {
//		sdktest.Conform(t, &Motd{}, sdktest.Case{
//			Name: "writes the file",
//			Args: map[string]cty.Value{"text": cty.StringVal("hello")},
//		})
//	}
//
// It is no simulator: it knows nothing of any product.
package sdktest
