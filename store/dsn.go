package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"github.com/jackc/pgx/v5"
)

// fileName is what the user's own store is called.
const fileName = "smbready.db"

// File returns the path of the SQLite file that a name means, without a look at it;
// empty for a server, and for what is no name.
func File(name string) string {
	scheme, rest, hasScheme := strings.Cut(name, ":")
	switch {
	case name == "":
		folder, err := stateFolder(runtime.GOOS, os.Getenv, os.UserHomeDir)
		if err != nil {
			return ""
		}
		return filepath.Join(folder, fileName)
	case hasScheme && scheme == "sqlite":
		return strings.TrimPrefix(rest, "//")
	case hasScheme && strings.HasPrefix(rest, "//"), settings.MatchString(name):
		return ""
	}
	return name
}

// connect prepares the connections to the store of a name.
func connect(name string, p pace) (*Store, error) {
	scheme, rest, hasScheme := strings.Cut(name, ":")
	switch {
	case name == "":
		path, err := userFile()
		if err != nil {
			return nil, err
		}
		return connectSQLite(path, p)
	case hasScheme && scheme == "sqlite":
		if rest = strings.TrimPrefix(rest, "//"); rest == "" {
			return nil, &Error{Kind: ErrName, Text: "--db sqlite: needs the path of a file after the colon"}
		}
		return connectSQLite(rest, p)
	case hasScheme && (scheme == "postgres" || scheme == "postgresql"):
		config, err := pgx.ParseConfig(name)
		if err != nil || !strings.HasPrefix(rest, "//") {
			// The driver's words may hold the password.
			return nil, &Error{Kind: ErrName, Text: "--db " + scheme + ":...: not an address of PostgreSQL: it is " +
				"postgres://USER@HOST:PORT/DATABASE, and in a password there the characters : / ? # [ ] @ % are written as %3A and so on; better keep it in PGPASSWORD or ~/.pgpass"}
		}
		return connectPostgres(config, p)
	case settings.MatchString(name): // it may hold a password, which must not become the name of a file
		return nil, &Error{Kind: ErrName, Text: "--db reads like settings of PostgreSQL, key=value and so on: write it as postgres://USER@HOST:PORT/DATABASE, " +
			"with the password in PGPASSWORD or ~/.pgpass; a file of such a name is written as sqlite:PATH"}
	case hasScheme && strings.HasPrefix(rest, "//"):
		return nil, &Error{Kind: ErrName, Text: fmt.Sprintf("--db %.20q: a store is the path of a file, sqlite:PATH or postgres://USER@HOST:PORT/DATABASE", scheme+":")}
	}
	return connectSQLite(name, p)
}

// settings finds the words by which other programs name a PostgreSQL server, also
// with semicolons between them.
var settings = regexp.MustCompile(`(?i)(^|[\s;])(host|hostaddr|server|port|dbname|database|user|username|user id|password|pwd|passfile|service|sslmode)\s*=`)

// userFile returns the path of the user's own store, in a folder that it makes.
func userFile() (string, error) {
	folder, err := stateFolder(runtime.GOOS, os.Getenv, os.UserHomeDir)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", &Error{Kind: ErrReadOnly, Text: fmt.Sprintf("the folder for the store cannot be made (%v): name a store with --db FILE, or keep nothing with --db none", err), cause: err}
	}
	return filepath.Join(folder, fileName), nil
}

// Folder returns a folder of this machine for what belongs to the store and is not
// in it: its own, or of a server's the one that the user's own store would be in.
func (s *Store) Folder() (string, error) {
	if f, ok := s.engine.(*file); ok {
		return filepath.Dir(f.path), nil
	}
	path, err := userFile()
	return filepath.Dir(path), err
}

// stateFolder returns where programs keep their state on a system: by the XDG
// Base Directory Specification 0.8, in Windows' local application data, or in
// macOS's Application Support. A relative path in the environment does not count.
func stateFolder(system string, env func(string) string, home func() (string, error)) (string, error) {
	const program = "smbready"
	variable, below := "XDG_STATE_HOME", filepath.Join(".local", "state")
	switch system {
	case "windows":
		variable, below = "LOCALAPPDATA", filepath.Join("AppData", "Local")
	case "darwin":
		variable, below = "", filepath.Join("Library", "Application Support")
	}
	if folder := env(variable); variable != "" && filepath.IsAbs(folder) {
		return filepath.Join(folder, program), nil
	}
	user, err := home()
	if err == nil && user == "" {
		err = errors.New("it is empty")
	}
	if err != nil {
		return "", &Error{Kind: ErrName, Text: fmt.Sprintf("there is no home folder for the store (%v): name one with --db FILE, or keep nothing with --db none", err), cause: err}
	}
	return filepath.Join(user, below, program), nil
}
