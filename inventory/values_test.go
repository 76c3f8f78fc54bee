package inventory

import (
	"encoding"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"strings"
	"testing"
)

// enums are the enumerations: their names in the format, and a value to try.
var enums = []struct {
	name  string
	names []string
	value func(uint8) any // a pointer
}{
	{"State", stateNames, func(n uint8) any { return new(State(n)) }},
	{"Signing", signingNames, func(n uint8) any { return new(Signing(n)) }},
	{"Outcome", outcomeNames, func(n uint8) any { return new(Outcome(n)) }},
	{"Guest", guestNames, func(n uint8) any { return new(Guest(n)) }},
}

// TestEnums checks that each value has a name of its own, and that the names
// are as many as the constants in the source.
func TestEnums(t *testing.T) {
	for _, e := range enums {
		if n := constants(t, e.name); n != len(e.names) {
			t.Errorf("%s has %d constants and %d names", e.name, n, len(e.names))
		}
		if e.names[0] != "unknown" || reflect.ValueOf(e.value(0)).Elem().Interface().(fmt.Stringer).String() != "unknown" {
			t.Errorf("the zero %s is %q", e.name, e.names[0])
		}
		seen := map[string]bool{}
		for i, name := range e.names {
			if name == "" || seen[name] || strings.ToLower(name) != name {
				t.Errorf("%s %d is called %q", e.name, i, name)
			}
			seen[name] = true
			checkEnum(t, e.value(uint8(i)), e.value(0), name)
		}
		invalid := reflect.ValueOf(e.value(200)).Elem().Interface().(fmt.Stringer)
		if invalid.String() != "invalid(200)" {
			t.Errorf("got %s", invalid)
		}
	}
}

// checkEnum checks that a value is written as its name, and that unknown names
// read as unknown, whatever stood there before.
func checkEnum(t *testing.T, v, other any, name string) {
	t.Helper()
	text, err := reflect.ValueOf(v).Elem().Interface().(encoding.TextMarshaler).MarshalText()
	if err != nil || string(text) != name {
		t.Errorf("%T written as %q, %v, want %q", v, text, err, name)
	}
	if err := other.(encoding.TextUnmarshaler).UnmarshalText(text); err != nil || !reflect.DeepEqual(v, other) {
		t.Errorf("%q read as %v, %v", text, other, err)
	}
	for _, odd := range []string{"", "SMB", "no such name", name + " "} {
		if err := other.(encoding.TextUnmarshaler).UnmarshalText([]byte(odd)); err != nil || !reflect.ValueOf(other).Elem().IsZero() {
			t.Errorf("%q read as %v, %v", odd, other, err)
		}
	}
}

// constants counts the constants of a type in this package's source: the names
// that begin with it.
func constants(t *testing.T, typeName string) (n int) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), strings.ToLower(typeName)+".go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range file.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST {
			continue
		}
		for _, s := range g.Specs {
			for _, id := range s.(*ast.ValueSpec).Names {
				if strings.HasPrefix(id.Name, typeName) {
					n++
				}
			}
		}
	}
	return n
}

func TestCount(t *testing.T) {
	var s Summary
	for state := range State(len(stateNames)) {
		for range state + 1 {
			s.Count(state)
		}
	}
	if want := (Summary{Probed: 21, SMB: 2, Open: 3, Closed: 4, Filtered: 5, Unreachable: 6}); s != want {
		t.Errorf("got %+v", s)
	}
}

func TestMaxDialect(t *testing.T) {
	var none *SMB2
	if none.MaxDialect() != "" || (&SMB2{}).MaxDialect() != "" || (&SMB2{Dialects: []string{"2.0.2", "2.1"}}).MaxDialect() != "2.1" {
		t.Error("wrong dialect")
	}
}
