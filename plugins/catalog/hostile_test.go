package catalog_test

// misbehave does what a mode says before, or instead of, serving.
func misbehave(mode string) {}
