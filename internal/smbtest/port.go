package smbtest

import (
	"errors"
	"math/rand/v2"
	"net"
)

// Systems take the ports of clients from above these (Linux from 32768,
// others from 49152), so that none of them can come in between.
const (
	firstPort = 10240
	endPort   = 32768
)

// FreePort chooses a port that nothing has, at any local address, neither for
// TCP nor for UDP. The system's own choice would not do for whoever listens
// later: until then a client may get it.
func FreePort() (uint16, error) {
	for range 100 {
		port := firstPort + rand.IntN(endPort-firstPort)
		if isFree(port) {
			return uint16(port), nil
		}
	}
	return 0, errors.New("smbtest: no free port was found")
}

func isFree(port int) bool {
	l, err := net.ListenTCP("tcp", &net.TCPAddr{Port: port})
	if err != nil {
		return false
	}
	defer l.Close()
	c, err := net.ListenUDP("udp", &net.UDPAddr{Port: port})
	if err != nil {
		return false
	}
	c.Close()
	return true
}
