package inventory

import _ "embed"

// ExampleSites is a sites file with every key and what it means, to begin with.
//
//go:embed site_example.yaml
var ExampleSites string
