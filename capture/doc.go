// Package capture reads packet captures, pcap and pcapng, and tells what they
// show of both ends of SMB connections: what servers answered, as a scan would
// have it, and what clients offered, how they logged on, and whether they signed
// what they sent. It sends nothing and looks up nothing.
//
//	file    ──► packet   one record of the file, of any interface
//	decode  ──► segment  through Ethernet, VLANs, tunnels and IP to TCP, or UDP 137
//	table   ──► stream   one direction of a connection, in order, holes and all
//	framer  ──► message  the head of an SMB message; the rest is skipped by its length
//	conversation         what is said in a connection, per session
//	ledger  ──► Host     the facts of both ends
//
// A capture is hostile and damaged: it begins in the middle, lacks packets, has
// one direction only, cuts packets off, and holds whatever somebody sent. So
// nothing is taken for a message but what stands where one can begin, every
// table is bounded, and what could not be read is counted in Input.Unread.
//
// Of a logon only names, the kind and the outcome are kept, never a response or a
// key. For that reason pcapng is not read by the gopacket library, which keeps
// the decryption secrets that such a file can hold.
package capture
