package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"smbready/eventlog"
	"smbready/inventory"
)

// eventFiles reads the event files of an import together: a client's silence in
// one shows something only with its sessions in another.
type eventFiles struct{ reader *eventlog.Reader }

// addEvents takes in a file of events.
func (im *importer) addEvents(ctx context.Context, name string, f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if im.events.reader == nil {
		im.events.reader = eventlog.NewReader(eventlog.Options{Worker: eventWorker,
			Location: time.Local}) // of times that name no zone: whoever saved the file is probably near
	}
	in, err := im.events.reader.Add(ctx, eventlog.File{Name: filepath.Base(name), Data: f, Size: info.Size()})
	if errors.Is(err, eventlog.ErrFormat) {
		return usageError{err}
	}
	im.input(in)
	return err
}

// finishEvents hands on what all event files together tell.
func (im *importer) finishEvents() error {
	if im.events.reader == nil {
		return nil
	}
	for _, h := range im.events.reader.Hosts() {
		im.merger.Add(sourceOf(h), originOf(h), h)
	}
	return nil
}

// originOf returns the file that tells of a host, if it is one.
func originOf(h *inventory.Host) string {
	origin := ""
	contacts := h.Served
	if h.Client != nil {
		contacts = append(contacts[:len(contacts):len(contacts)], h.Client.Contacts...)
	}
	for i := range contacts {
		if i > 0 && contacts[i].Origin != origin {
			return ""
		}
		origin = contacts[i].Origin
	}
	return origin
}
