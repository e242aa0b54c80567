package config

import (
	_ "embed"
	"slices"
)

//go:embed feedfolio.schema.json
var schema []byte

// Schema returns the JSON Schema of the configuration, for editors. It is generated from the types of this package, as
// docs/configuration.md is: `go test ./config -update` writes both.
func Schema() []byte { return slices.Clone(schema) }
