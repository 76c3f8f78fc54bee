package main

import "testing"

func TestStory(t *testing.T) {
	runs := tellStory(t)
	for id, b := range runs {
		t.Log(id, len(b))
	}
}
