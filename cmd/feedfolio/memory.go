package main

import "runtime/debug"

// limitMemory makes the collector of garbage work harder rather than let the program grow: pages come in bursts, and
// without a limit the heap doubles after each. Very many sources need room of their own, though less than reading them
// would take without a limit. What is in use may be more; GOMEMLIMIT goes before it.
func limitMemory(sources int, getenv func(string) string) {
	if getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(152<<20 + int64(sources)<<9)
	}
}
