package smbproto

import "fmt"

// Status is an NTSTATUS, [MS-ERREF] 2.3.
type Status uint32

// Statuses that servers answer to NEGOTIATE and SESSION_SETUP.
const (
	StatusSuccess                Status = 0x00000000
	StatusPending                Status = 0x00000103
	StatusUnsuccessful           Status = 0xC0000001
	StatusNotImplemented         Status = 0xC0000002
	StatusInvalidParameter       Status = 0xC000000D
	StatusMoreProcessingRequired Status = 0xC0000016
	StatusAccessDenied           Status = 0xC0000022
	StatusNoLogonServers         Status = 0xC000005E
	StatusNoSuchUser             Status = 0xC0000064
	StatusWrongPassword          Status = 0xC000006A
	StatusLogonFailure           Status = 0xC000006D
	StatusAccountRestriction     Status = 0xC000006E
	StatusInvalidLogonHours      Status = 0xC000006F
	StatusInvalidWorkstation     Status = 0xC0000070
	StatusPasswordExpired        Status = 0xC0000071
	StatusAccountDisabled        Status = 0xC0000072
	StatusInsufficientResources  Status = 0xC000009A
	StatusNotSupported           Status = 0xC00000BB
	StatusNetworkNameDeleted     Status = 0xC00000C9
	StatusBadNetworkName         Status = 0xC00000CC
	StatusRequestNotAccepted     Status = 0xC00000D0
	StatusNoSuchDomain           Status = 0xC00000DF
	StatusInternalError          Status = 0xC00000E5
	StatusLogonTypeNotGranted    Status = 0xC000015B
	StatusNetlogonNotStarted     Status = 0xC0000192
	StatusAccountExpired         Status = 0xC0000193
	StatusUserSessionDeleted     Status = 0xC0000203
	StatusPasswordMustChange     Status = 0xC0000224
	StatusAccountLockedOut       Status = 0xC0000234
	StatusNetworkSessionExpired  Status = 0xC000035C
	StatusNTLMBlocked            Status = 0xC0000418
	StatusInvalidSignature       Status = 0xC000A000
	StatusNoPreauthHashOverlap   Status = 0xC05D0000
)

var statusNames = map[Status]string{
	StatusSuccess:                "STATUS_SUCCESS",
	StatusPending:                "STATUS_PENDING",
	StatusUnsuccessful:           "STATUS_UNSUCCESSFUL",
	StatusNotImplemented:         "STATUS_NOT_IMPLEMENTED",
	StatusInvalidParameter:       "STATUS_INVALID_PARAMETER",
	StatusMoreProcessingRequired: "STATUS_MORE_PROCESSING_REQUIRED",
	StatusAccessDenied:           "STATUS_ACCESS_DENIED",
	StatusNoLogonServers:         "STATUS_NO_LOGON_SERVERS",
	StatusNoSuchUser:             "STATUS_NO_SUCH_USER",
	StatusWrongPassword:          "STATUS_WRONG_PASSWORD",
	StatusLogonFailure:           "STATUS_LOGON_FAILURE",
	StatusAccountRestriction:     "STATUS_ACCOUNT_RESTRICTION",
	StatusInvalidLogonHours:      "STATUS_INVALID_LOGON_HOURS",
	StatusInvalidWorkstation:     "STATUS_INVALID_WORKSTATION",
	StatusPasswordExpired:        "STATUS_PASSWORD_EXPIRED",
	StatusAccountDisabled:        "STATUS_ACCOUNT_DISABLED",
	StatusInsufficientResources:  "STATUS_INSUFFICIENT_RESOURCES",
	StatusNotSupported:           "STATUS_NOT_SUPPORTED",
	StatusNetworkNameDeleted:     "STATUS_NETWORK_NAME_DELETED",
	StatusBadNetworkName:         "STATUS_BAD_NETWORK_NAME",
	StatusRequestNotAccepted:     "STATUS_REQUEST_NOT_ACCEPTED",
	StatusLogonTypeNotGranted:    "STATUS_LOGON_TYPE_NOT_GRANTED",
	StatusNoSuchDomain:           "STATUS_NO_SUCH_DOMAIN",
	StatusInternalError:          "STATUS_INTERNAL_ERROR",
	StatusNetlogonNotStarted:     "STATUS_NETLOGON_NOT_STARTED",
	StatusAccountExpired:         "STATUS_ACCOUNT_EXPIRED",
	StatusPasswordMustChange:     "STATUS_PASSWORD_MUST_CHANGE",
	StatusUserSessionDeleted:     "STATUS_USER_SESSION_DELETED",
	StatusAccountLockedOut:       "STATUS_ACCOUNT_LOCKED_OUT",
	StatusNetworkSessionExpired:  "STATUS_NETWORK_SESSION_EXPIRED",
	StatusNTLMBlocked:            "STATUS_NTLM_BLOCKED",
	StatusInvalidSignature:       "STATUS_INVALID_SIGNATURE",
	StatusNoPreauthHashOverlap:   "STATUS_SMB_NO_PREAUTH_INTEGRITY_HASH_OVERLAP",
}

// String returns the status's name, or its number where it has none here.
func (s Status) String() string {
	if name, ok := statusNames[s]; ok {
		return name
	}
	return fmt.Sprintf("0x%08X", uint32(s))
}
