package assess

// Windows versions, known by the build in an NTLM challenge. Verdicts rest on
// this table (recognise.go), so it is not part of the rule file.

// windowsBuild is what a version of Windows is known as. Versions that share a
// build, such as 24H2 and 25H2, cannot be told apart by it.
type windowsBuild struct {
	product   string
	support   string // as of November 2026
	class     Class
	shared    bool // by clients and servers; class is the likelier one
	dialect   dialect
	since24H2 bool
}

// windowsBuilds is keyed by the version in an NTLM challenge. Dates are from
// Microsoft's lifecycle pages.
var windowsBuilds = map[string]windowsBuild{
	"5.0.2195":   {product: "Windows 2000", support: "unsupported since 2010", class: WindowsClient, shared: true},
	"5.1.2600":   {product: "Windows XP", support: "unsupported since 2014", class: WindowsClient},
	"5.2.3790":   {product: "Windows Server 2003 or XP x64", support: "unsupported since 2015", class: WindowsServer},
	"6.0.6000":   {product: "Windows Vista", support: "unsupported since 2017", class: WindowsClient, dialect: dialect202},
	"6.0.6001":   {product: "Windows Vista or Server 2008", support: vista, class: WindowsServer, shared: true, dialect: dialect202},
	"6.0.6002":   {product: "Windows Vista or Server 2008", support: vista, class: WindowsServer, shared: true, dialect: dialect202},
	"6.0.6003":   {product: "Windows Vista or Server 2008", support: vista, class: WindowsServer, shared: true, dialect: dialect202},
	"6.1.7600":   {product: "Windows 7 or Server 2008 R2", support: "unsupported since 2020", class: WindowsClient, shared: true, dialect: dialect210},
	"6.1.7601":   {product: "Windows 7 or Server 2008 R2", support: "unsupported since 2020", class: WindowsClient, shared: true, dialect: dialect210},
	"6.2.9200":   {product: "Windows 8 or Server 2012", support: "unsupported (8 since 2016, Server 2012 since 2023; paid updates ended in October 2026)", class: WindowsServer, shared: true, dialect: dialect300},
	"6.3.9600":   {product: "Windows 8.1 or Server 2012 R2", support: "unsupported since 2023; paid updates for the server ended in October 2026", class: WindowsServer, shared: true, dialect: dialect302},
	"10.0.10240": {product: "Windows 10 1507", support: win10, class: WindowsClient, dialect: dialect311},
	"10.0.10586": {product: "Windows 10 1511", support: win10, class: WindowsClient, dialect: dialect311},
	"10.0.14393": {product: "Windows Server 2016 or Windows 10 1607", support: "Server 2016: supported until January 2027; Windows 10 1607 (LTSB 2016): ended in October 2026", class: WindowsServer, shared: true, dialect: dialect311},
	"10.0.15063": {product: "Windows 10 1703", support: win10, class: WindowsClient, dialect: dialect311},
	"10.0.16299": {product: "Windows 10 1709", support: win10, class: WindowsClient, dialect: dialect311},
	"10.0.17134": {product: "Windows 10 1803", support: win10, class: WindowsClient, dialect: dialect311},
	"10.0.17763": {product: "Windows Server 2019 or Windows 10 1809", support: "Server 2019 and LTSC 2019: supported until January 2029", class: WindowsServer, shared: true, dialect: dialect311},
	"10.0.18362": {product: "Windows 10 1903 or 1909", support: win10, class: WindowsClient, dialect: dialect311},
	"10.0.18363": {product: "Windows 10 1909", support: win10, class: WindowsClient, dialect: dialect311},
	"10.0.19041": {product: "Windows 10 2004 to 22H2", support: "ended in October 2025; LTSC 2021 supported until January 2027, its IoT edition until 2032", class: WindowsClient, dialect: dialect311},
	"10.0.20348": {product: "Windows Server 2022", support: "supported until 2031", class: WindowsServer, dialect: dialect311},
	"10.0.25398": {product: "Windows Server 23H2", support: "ended in 2025", class: WindowsServer, dialect: dialect311},
	"10.0.22000": {product: "Windows 11 21H2", support: win10, class: WindowsClient, dialect: dialect311},
	"10.0.22621": {product: "Windows 11 22H2 or 23H2", support: "ended; the last edition in November 2026", class: WindowsClient, dialect: dialect311},
	"10.0.26100": {product: "Windows 11 24H2 to 26H2 or Server 2025", support: "24H2 Home and Pro ended in October 2026; newer ones and Server 2025 are supported", class: WindowsClient, shared: true, dialect: dialect311, since24H2: true},
	"10.0.28000": {product: "Windows 11 26H1", support: "supported", class: WindowsClient, dialect: dialect311, since24H2: true},
}

const (
	vista = "unsupported (Vista since 2017, Server 2008 since 2020)"
	win10 = "ended"
)

// byWindows votes for the edition of Windows that the NTLM version names, unless
// the rest of what is known does not fit it.
func (b *ballot) byWindows(f *facts) {
	version := ntlmVersion(f)
	w, ok := windowsBuilds[version]
	if !ok {
		return
	}
	if f.dialect > w.dialect || b.has(Samba, strong) {
		b.add(vote{class: w.class, weight: weak, kinds: kindNTLM.set(), evidence: "Windows version " + version + ", which does not fit the rest"})
		return
	}
	class, guessed := b.edition(f, w)
	b.guessed = guessed
	b.add(vote{class: class, weight: strong, kinds: kindNTLM.set(), evidence: "Windows version " + version, vendor: "Microsoft"})
	b.os, b.support = w.product, w.support
}

// edition tells a client from a server where both share the build. Windows 11
// Pro requires signing from build 26100 on by default, and a member server does
// not; for the others only names tell, and else it is a guess.
func (b *ballot) edition(f *facts, w windowsBuild) (c Class, guessed bool) {
	if !w.shared {
		return w.class, false
	}
	for i := range b.votes {
		if v := &b.votes[i]; v.kinds&(kindNativeOS.set()|kindName.set()) != 0 && (v.class == WindowsClient || v.class == WindowsServer) {
			return v.class, false
		}
	}
	switch {
	case w.since24H2 && f.requiresSMB2():
		return WindowsClient, true
	case w.since24H2:
		return WindowsServer, true
	}
	return w.class, true
}
