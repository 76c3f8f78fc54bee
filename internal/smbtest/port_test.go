package smbtest

import (
	"net"
	"testing"
)

func TestFreePort(t *testing.T) {
	port, err := FreePort()
	if err != nil {
		t.Fatal(err)
	}
	if port < firstPort || port >= endPort {
		t.Errorf("FreePort() = %d, of those that clients get", port)
	}
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: int(port)})
	if err != nil {
		t.Fatal(err)
	}
	if isFree(int(port)) {
		t.Errorf("port %d has a listener, and is said to be free", port)
	}
	l.Close()
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: int(port)})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if isFree(int(port)) {
		t.Errorf("port %d has a socket for datagrams, and is said to be free", port)
	}
}
