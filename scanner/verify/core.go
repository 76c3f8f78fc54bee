package verify

// ForbidCore keeps this process from leaving its memory in a file when it falls
// over, for another command that has a password in it.
func ForbidCore() { forbidCore() }
