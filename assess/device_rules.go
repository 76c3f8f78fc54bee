package assess

// The data of device recognition. The engine is in device.go.
//
// Sources: nmap-service-probes and nmap-mac-prefixes (numbers, addresses),
// rapid7/recog (NativeOS, NativeLanMan), MS-NLMP and Microsoft's lifecycle
// pages (builds); name patterns are vendors' defaults, which users may change.

// weight is how much a mark says. One strong mark or two medium ones decide a
// class; a weak one only stands in the evidence.
type weight uint8

const (
	weak weight = iota
	medium
	strong
)

// ouis are the first three bytes of network addresses. A maker's card says
// little about the kind of device, except where the maker makes only one kind.
var ouis = map[string]struct {
	vendor string
	class  Class
	weight weight
}{
	"000074": {"Ricoh", Printer, medium},
	"002673": {"Ricoh", Printer, medium},
	"00206B": {"Konica Minolta", Printer, medium},
	"00C0EE": {"Kyocera", Printer, medium},
	"008077": {"Brother", Printer, medium},
	"30055C": {"Brother", Printer, medium},
	"000048": {"Seiko Epson", Printer, medium},
	"0026AB": {"Seiko Epson", Printer, medium},
	"0000AA": {"Xerox", Printer, medium},
	"000085": {"Canon", Printer, weak},
	"001E8F": {"Canon", Printer, weak},
	"0022F3": {"Sharp", Printer, weak},
	"0021B7": {"Lexmark", Printer, medium},
	"008087": {"OKI", Printer, medium},
	"001132": {"Synology", NAS, medium},
	"9009D0": {"Synology", NAS, medium},
	"245EBE": {"QNAP", NAS, medium},
	"E843B6": {"QNAP", NAS, medium},
	"0090A9": {"Western Digital", NAS, weak},
	"001601": {"Buffalo", NAS, weak},
	"001B1B": {"Siemens", IndustrialController, weak},
	"0001E3": {"Siemens", IndustrialController, weak},
	"0000BC": {"Rockwell Automation", IndustrialController, medium},
	"000105": {"Beckhoff", IndustrialController, medium},
	"00A045": {"Phoenix Contact", IndustrialController, medium},
	"0030DE": {"WAGO", IndustrialController, medium},
	"0090E8": {"Moxa", IndustrialController, weak},
	"00E0E4": {"Fanuc", IndustrialController, medium},
	"444B5D": {"GE Healthcare", Medical, medium},
	"0030E6": {"Draeger Medical", Medical, medium},
	"00A037": {"Mindray", Medical, medium},
	"00A098": {"NetApp", StorageAppliance, medium},
	"D039EA": {"NetApp", StorageAppliance, medium},
	"000C29": {"VMware (virtual machine)", ClassUnknown, weak},
	"005056": {"VMware (virtual machine)", ClassUnknown, weak},
	"00155D": {"Hyper-V (virtual machine)", ClassUnknown, weak},
	"B827EB": {"Raspberry Pi", Embedded, weak},
	"DCA632": {"Raspberry Pi", Embedded, weak},
}

// namePattern is a default host name: a prefix and what follows it.
type namePattern struct {
	prefix string
	rest   rest
	vendor string
	class  Class
}

type rest uint8

const (
	anyRest  rest = iota
	hex6          // half a network address
	hex12         // a network address
	random7       // seven letters and digits
	random11      // eleven letters and digits
)

// namePatterns are default names, upper case.
var namePatterns = []namePattern{
	{"RNP", hex12, "Ricoh", Printer},
	{"RNP", hex6, "Ricoh", Printer},
	{"BRN", hex12, "Brother", Printer},
	{"BRW", hex12, "Brother", Printer},
	{"KMBT", anyRest, "Konica Minolta", Printer},
	{"KM", hex6, "Kyocera", Printer},
	{"NPI", hex6, "HP", Printer},
	{"HP", hex6, "HP", Printer},
	{"EPSON", hex6, "Seiko Epson", Printer},
	{"XRX", hex12, "Xerox", Printer},
	{"CANON", hex6, "Canon", Printer},
	{"ET", hex12, "Lexmark", Printer},
	{"SEC", hex12, "Samsung", Printer},
	{"OKI-", anyRest, "OKI", Printer},
	{"DISKSTATION", anyRest, "Synology", NAS},
	{"RACKSTATION", anyRest, "Synology", NAS},
	{"NAS", hex6, "QNAP", NAS},
	{"LS210D", anyRest, "Buffalo", NAS},
	{"LS-", anyRest, "Buffalo", NAS},
	{"MYCLOUD", anyRest, "Western Digital", NAS},
	{"WDMYCLOUD", anyRest, "Western Digital", NAS},
	{"READYNAS", anyRest, "Netgear", NAS},
	{"TRUENAS", anyRest, "TrueNAS", NAS},
	{"FREENAS", anyRest, "FreeNAS", NAS},
	{"DESKTOP-", random7, "Microsoft", WindowsClient},
	{"LAPTOP-", random7, "Microsoft", WindowsClient},
	{"WIN-", random11, "Microsoft", WindowsServer},
}

// nativeText is the beginning of what SMB1 gives as NativeOS or NativeLanMan.
// The first that fits counts, so the longer ones stand first.
type nativeText struct {
	prefix string
	weight weight
	class  Class
	vendor string
	os     string // "" takes the text itself
}

var nativeLANManagers = []nativeText{
	{"Samba for GuardianOS", strong, NAS, "Overland (Snap Server)", "GuardianOS"},
	{"Samba", strong, Samba, "", ""},
	{"YNQ ", strong, Embedded, "Visuality Systems (SMB software)", ""},
	{"NQ ", strong, Embedded, "Visuality Systems (SMB software)", ""},
	{"jCIFS", medium, Embedded, "", ""},
	{"MikrotikSMB", strong, NetworkDevice, "MikroTik", "RouterOS"},
	{"Windows Server 2003", medium, WindowsServer, "Microsoft", "Windows Server 2003"},
	{"Windows 2000 LAN Manager", medium, WindowsClient, "Microsoft", "Windows XP or 2000"},
}

// "Windows 6.1" is missing on purpose: Samba says that.
var nativeSystems = []nativeText{
	{"EMC-SNAS:T", strong, StorageAppliance, "Dell EMC", "VNX or Celerra"},
	{"VxWorks", strong, Embedded, "Wind River", "VxWorks"},
	{"OS/400", medium, ClassUnknown, "IBM", ""},
	{"I5OS", medium, ClassUnknown, "IBM", ""},
	{"QTS", strong, NAS, "QNAP", "QTS"},
	{"Apple Base Station", strong, NetworkDevice, "Apple", "AirPort or Time Capsule"},
	{"Windows Server", medium, WindowsServer, "Microsoft", ""},
	{"Windows 5.0", medium, WindowsClient, "Microsoft", "Windows 2000"},
	{"Windows 5.1", medium, WindowsClient, "Microsoft", "Windows XP"},
	{"Windows XP", medium, WindowsClient, "Microsoft", ""},
	{"Windows 2000", medium, WindowsClient, "Microsoft", ""},
	{"Windows Vista", medium, WindowsClient, "Microsoft", ""},
	{"Windows 7", medium, WindowsClient, "Microsoft", ""},
	{"Windows 8", medium, WindowsClient, "Microsoft", ""},
	{"Windows 10", medium, WindowsClient, "Microsoft", ""},
	{"Windows 11", medium, WindowsClient, "Microsoft", ""},
}

// smb1Numbers are the limits in an SMB1 NEGOTIATE response. Each
// implementation has its own. A zero is not compared, except in mode.
type smb1Numbers struct {
	name      string
	class     Class
	vendor    string
	wordCount uint8
	mode      int // -1: any
	mpx, vcs  uint16
	buffer    uint32
	raw       uint32
	caps      uint32
}

var smb1Table = []smb1Numbers{
	{"Windows 2000", WindowsClient, "Microsoft", 17, -1, 50, 1, 16644, 65536, 0xf3fd},
	{"Windows XP", WindowsClient, "Microsoft", 17, -1, 10, 1, 4356, 65536, 0xe3fd},
	{"Windows XP Embedded", WindowsClient, "Microsoft", 17, -1, 16, 1, 4356, 65536, 0xe3fd},
	{"Windows Server 2003 or 2008", WindowsServer, "Microsoft", 17, -1, 50, 1, 0, 65536, 0x1f3fd},
	{"Windows Vista", WindowsClient, "Microsoft", 17, -1, 10, 1, 4356, 65536, 0x1e3fd},
	{"Windows 7 to 10", WindowsClient, "Microsoft", 17, -1, 10, 0, 4356, 65536, 0x1e3fc},
	{"Windows Server 2008 R2 or 2012", WindowsServer, "Microsoft", 17, -1, 50, 1, 16644, 65536, 0x1e3fc},
	{"Windows Server 2008 R2 or 2012", WindowsServer, "Microsoft", 17, -1, 50, 1, 16644, 65536, 0x1f3fc},
	{"OfficeJet Pro 8600", Printer, "HP", 17, 0x03, 10, 1, 23356, 65536, 0x005c},
	{"WF-2650", Printer, "Seiko Epson", 17, 0x03, 10, 1, 65536, 65536, 0xe07c},
	{"inkjet printer", Printer, "Seiko Epson", 17, 0x03, 10, 1, 65536, 65536, 0x207c},
	{"PIXMA", Printer, "Canon", 17, 0x03, 1, 20, 7744, 65535, 0x0214},
	{"MX-M350N", Printer, "Sharp", 17, 0x02, 2, 1, 32764, 65536, 0x0200},
	{"FS-1030D", Printer, "Kyocera", 17, 0x02, 2, 1, 32768, 65536, 0x0200},
	{"MFC-820CW", Printer, "Brother", 17, 0x02, 1, 1, 65535, 65535, 0x0201},
	{"WorkCentre", Printer, "Xerox", 17, 0x02, 10, 1, 4356, 65535, 0x0300},
	{"CLP-521 or KM-1530", Printer, "Citizen or Kyocera", 13, 0x00, 2, 0, 1440, 0, 0},
	{"print server", Printer, "Edimax", 13, 0x01, 50, 0, 1020, 0, 0},
	{"Time Capsule", NetworkDevice, "Apple", 17, 0x03, 10, 1, 64236, 65536, 0x207c},
	{"Storagebird", NAS, "Fujitsu", 17, 0x02, 1, 1, 2920, 65535, 0x0207},
	{"PowerScale", StorageAppliance, "Dell", 17, 0x03, 50, 0, 16644, 0, 0xc0fc},
}

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

// eras words the age of the newest SMB2 dialect.
var eras = [...]string{
	dialect202: "2006: SMB 2.0.2 (Windows Vista, Server 2008)",
	dialect210: "2009: SMB 2.1 (Windows 7, Server 2008 R2)",
	dialect300: "2012: SMB 3.0 (Windows 8, Server 2012)",
	dialect302: "2013: SMB 3.0.2 (Windows 8.1, Server 2012 R2)",
	dialect311: "2015: SMB 3.1.1 (Windows 10, Server 2016)",
}

const (
	eraOld  = "1980s to 1990s: SMB1 before NT, core or LAN Manager; SMB1 has been off by default since 2017 (Windows 10 1709)"
	eraNTLM = "1996: SMB1, NT LM 0.12 (Windows NT 4.0); SMB1 has been off by default since 2017 (Windows 10 1709)"
)
