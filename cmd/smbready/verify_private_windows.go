package main

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"unsafe"

	"golang.org/x/sys/windows"
)

// private reports whether only its owner, the system and administrators, who can
// read any file, are allowed to read a file: every entry of its access list that
// allows something must be for one of them.
func private(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return reason(err)
	}
	if !info.Mode().IsRegular() {
		return errors.New("it is not a file")
	}
	d, err := windows.GetSecurityInfo(windows.Handle(f.Fd()), windows.SE_FILE_OBJECT,
		windows.OWNER_SECURITY_INFORMATION|windows.DACL_SECURITY_INFORMATION)
	if err != nil {
		return fmt.Errorf("its access list cannot be read: %w", err)
	}
	owner, _, err := d.Owner()
	if err != nil {
		return fmt.Errorf("its owner cannot be read: %w", err)
	}
	list, _, err := d.DACL()
	if err != nil || list == nil { // without a list everybody may do everything
		return errors.New("it has no access list")
	}
	return onlyFor(list, owner)
}

// onlyFor checks the entries of an access list.
func onlyFor(list *windows.ACL, owner *windows.SID) error {
	for i := range uint32(list.AceCount) {
		var entry *windows.ACCESS_ALLOWED_ACE
		if err := windows.GetAce(list, i, &entry); err != nil {
			return fmt.Errorf("its access list cannot be read: %w", err)
		}
		if entry.Header.AceType == windows.ACCESS_DENIED_ACE_TYPE {
			continue
		}
		sid := (*windows.SID)(unsafe.Pointer(&entry.SidStart))
		known := entry.Header.AceType == windows.ACCESS_ALLOWED_ACE_TYPE
		if !known || !sid.Equals(owner) && !sid.IsWellKnown(windows.WinLocalSystemSid) && !sid.IsWellKnown(windows.WinBuiltinAdministratorsSid) {
			return errors.New("others than its owner, the system and administrators may read it")
		}
	}
	return nil
}

// privateHint is the command that makes a file private, in any shell.
func privateHint(file string) string {
	name := "%USERNAME%"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	return fmt.Sprintf(`icacls "%s" /inheritance:r /grant:r "%s:R"`, file, name)
}
