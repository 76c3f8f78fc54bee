package inventory

// Clues are what other services of a host say of it. They are asked for only
// on request (scan --identify), and word a verdict; they never change one.
type Clues struct {
	Reverse  []string  `json:"reverse,omitempty"` // names that the DNS gives for the address
	SNMP     *SNMP     `json:"snmp,omitempty"`
	HTTP     []HTTP    `json:"http,omitempty"`
	Services []Service `json:"services,omitempty"` // DNS-SD, asked of the host itself
	Open     []uint16  `json:"open,omitempty"`     // TCP ports that took a connection, to which nothing was sent
}

// SNMP is what the agent of a host says, [RFC 3418] and [RFC 3805].
type SNMP struct {
	SysDescr    string `json:"sys_descr,omitempty"`
	SysObjectID string `json:"sys_object_id,omitempty"` // dotted, without a leading dot
	SysName     string `json:"sys_name,omitempty"`
	Printer     string `json:"printer,omitempty"`      // hrDeviceDescr of a printer
	PrinterName string `json:"printer_name,omitempty"` // prtGeneralPrinterName
	Serial      string `json:"serial,omitempty"`       // prtGeneralSerialNumber
}

// HTTP is the first answer of a web server.
type HTTP struct {
	Port     uint16 `json:"port"`
	TLS      bool   `json:"tls,omitempty"`
	Status   int    `json:"status,omitempty"`
	Server   string `json:"server,omitempty"`
	Realm    string `json:"realm,omitempty"` // of WWW-Authenticate
	Title    string `json:"title,omitempty"`
	CertName string `json:"cert_name,omitempty"` // common name of the certificate
	CertOrg  string `json:"cert_org,omitempty"`  // organisation of the certificate
}

// Service is an instance that the host announces, [RFC 6763].
type Service struct {
	Type string            `json:"type"`           // "_ipp._tcp"
	Name string            `json:"name,omitempty"` // the instance, in its own words
	Text map[string]string `json:"text,omitempty"` // keys of the TXT record, lower case
}
