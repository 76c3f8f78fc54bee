package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"smbready/assess"
	"smbready/report"
)

func (a *app) explainCommand() *cobra.Command {
	return &cobra.Command{
		Use:               "explain [REASON]",
		Short:             "Explain a reason code at length, with its source",
		Example:           "  smbready explain                         list the reason codes\n  smbready explain guest-cannot-be-signed",
		Args:              atMostOneArg("one reason code, or none for the list of them"),
		ValidArgsFunction: cobra.FixedCompletions(assess.Reasons(), cobra.ShellCompDirectiveNoFileComp),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return a.listReasons()
			}
			return a.explain(args[0])
		},
	}
}

func (a *app) listReasons() error {
	for _, reason := range assess.Reasons() {
		e, _ := assess.Explain(reason)
		if _, err := fmt.Fprintf(a.stdout, "%-34s %s\n", reason, e.Title); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) explain(reason string) error {
	e, ok := assess.Explain(strings.ToLower(reason))
	if !ok {
		return hintError{usagef("no reason is called %q", reason), similarReasons(reason)}
	}
	width := a.ui.width
	if width == 0 {
		width = 80
	}
	var paragraphs []string
	for _, text := range append(strings.Split(strings.TrimSpace(e.Text), "\n\n"), "Source: "+e.Source) {
		paragraphs = append(paragraphs, report.Wrap(text, width))
	}
	_, err := fmt.Fprintf(a.stdout, "%s: %s\n\n%s\n", e.Reason, e.Title, strings.Join(paragraphs, "\n\n"))
	return err
}

// similarReasons names reasons that hold the word, or says where all are.
func similarReasons(word string) string {
	const atMost = 5
	var list []string
	for _, r := range assess.Reasons() {
		if strings.Contains(r, strings.ToLower(word)) && len(list) < atMost {
			list = append(list, r)
		}
	}
	if len(list) == 0 {
		return `"smbready explain" lists them`
	}
	return "perhaps " + strings.Join(list, ", ") + `; "smbready explain" lists all`
}
