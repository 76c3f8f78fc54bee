//go:build lab && linux

package lab

import (
	"context"
	"os"
	"os/exec"
	"slices"
	"testing"
)

// impacketServer is where Debian's python3-impacket has its example server.
const impacketServer = "/usr/share/doc/python3-impacket/examples/smbserver.py"

// needed maps each program or file that the lab uses to its Debian package.
var needed = map[string]string{
	"ip":           "iproute2",
	"nft":          "nftables",
	"smbd":         "samba",
	"nmbd":         "samba",
	"nmblookup":    "samba-common-bin",
	impacketServer: "python3-impacket",
}

// requirePackages installs what is missing, and fails the test where that
// cannot be done.
func requirePackages(t *testing.T) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Fatal("the lab needs root: it makes network namespaces")
	}
	addSystemFolders()
	missing := missingPackages()
	if len(missing) == 0 {
		return
	}
	t.Logf("installing %v", missing)
	apt(t, missing, "update", "-qq")
	apt(t, missing, append([]string{"install", "-y", "-qq", "--no-install-recommends"}, missing...)...)
	if still := missingPackages(); len(still) > 0 {
		t.Fatalf("installed, yet not to be found: %v", still)
	}
}

// addSystemFolders adds the folders of servers, which a login shell's PATH may
// lack.
func addSystemFolders() {
	os.Setenv("PATH", os.Getenv("PATH")+":/usr/sbin:/sbin")
}

func missingPackages() (packages []string) {
	for name, debian := range needed {
		if _, err := exec.LookPath(name); err != nil && !exists(name) {
			packages = append(packages, debian)
		}
	}
	slices.Sort(packages)
	return slices.Compact(packages)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// apt runs apt-get, which asks nobody anything.
func apt(t *testing.T, missing []string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), commandTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, "apt-get", args...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("the lab needs the Debian packages %v, and %s failed: %v\n%s", missing, cmd, err, out)
	}
}
