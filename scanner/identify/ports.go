package identify

import (
	"slices"

	"smbready/inventory"
)

// connectPorts are the ports that tell what a device is by being open. To most
// of them nothing may be sent: 9100 prints whatever it receives, and the ports of
// controllers and of imaging devices move machines and patients' pictures.
var connectPorts = append(slices.Clip(fragilePorts),
	515, 631, 9100, // printers: LPD, IPP, JetDirect
	5000, 5001, 8080, // NAS
)

// fragilePorts come first: a host that has one of them open is asked no more.
var fragilePorts = []uint16{
	102, 502, 44818, // controllers: S7, Modbus, EtherNet/IP
	104, 11112, // DICOM
}

// ConnectPorts returns the ports that Options.Ports connects to.
func ConnectPorts() []uint16 { return slices.Clone(connectPorts) }

// ports connects to each port and closes at once: a FIN, and not one byte. It
// ends at the first that is a controller's or an imaging device's.
func (d *dialogue) ports() error {
	for _, port := range connectPorts {
		c, started, r, err := d.open("tcp", port)
		if err != nil {
			return err
		}
		if c != nil {
			c.Close()
			d.clues.Open = append(d.clues.Open, port)
		}
		d.observe(inventory.StepTCPConnect, port, r, started)
		if d.fragile() {
			break
		}
	}
	return nil
}

// fragile reports whether the host looks like a controller or an imaging
// device. Such a one is asked nothing more: what it is, is known enough, and
// some hang on the second question.
func (d *dialogue) fragile() bool {
	return slices.ContainsFunc(fragilePorts, d.isOpen)
}

// isOpen reports whether the host took a connection to the port.
func (d *dialogue) isOpen(port uint16) bool { return slices.Contains(d.clues.Open, port) }
