package capture

import "smbready/inventory"

// maxReasons bounds the reasons of an Input.
const maxReasons = 32

// unread counts what could not be read, by reason. Reasons are words of ours,
// never of the file's.
type unread []inventory.Unread

func (u *unread) add(reason string, n uint64) {
	if n == 0 {
		return
	}
	for i := range *u {
		if (*u)[i].Reason == reason {
			(*u)[i].Count += n
			return
		}
	}
	if len(*u) < maxReasons {
		*u = append(*u, inventory.Unread{Reason: reason, Count: n})
	}
}
