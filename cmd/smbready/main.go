// Smbready tells an administrator which devices on their own network would
// break when SMB signing is made mandatory, why, how sure that is, and what to
// do about it.
package main

import (
	"context"
	"os"
)

func main() {
	tuneCollector()
	os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
