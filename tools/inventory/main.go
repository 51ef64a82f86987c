// Inventory answers what the program is made of, and under which licences: the modules that the linker took into a binary, and the
// packages that are in the page.
//
// It writes two files. One has the licences' texts and goes into the program (licenses/modules.txt); the other is a software bill of
// materials as CycloneDX writes it. It fails where a licence is not among those that allowed.go lists.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "inventory: %v\n", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	flags := flag.NewFlagSet("inventory", flag.ContinueOnError)
	binary := flags.String("binary", "", "the `program` whose modules are read (needed)")
	page := flags.String("page", "", "the `file` with the licences of what is in the page, as its build writes it (needed)")
	texts := flags.String("texts", "", "the `file` for the modules' licences")
	bom := flags.String("bom", "", "the `file` for the bill of materials")
	check := flags.Bool("check", false, "write no texts, but fail where the file is not what would be written")
	if err := flags.Parse(args); err != nil {
		return err
	}
	made, err := read(*binary, *page)
	if err != nil {
		return err
	}
	if err := refuse(made.parts()); err != nil {
		return err
	}
	if *texts != "" {
		if err := keep(*texts, made.texts(), *check); err != nil {
			return err
		}
	}
	if *bom != "" {
		if err := made.writeBOM(*bom); err != nil {
			return err
		}
	}
	fmt.Printf("%d modules and %d packages of the page, all under licences that are allowed\n", len(made.modules), len(made.packages))
	return nil
}

var errStale = errors.New("is not what make licenses writes: run that, and commit it")

func keep(file string, text []byte, check bool) error {
	if !check {
		return os.WriteFile(file, text, 0o644) //nolint:gosec // everybody may read it
	}
	old, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read the licences: %w", err)
	}
	if !bytes.Equal(old, text) {
		return fmt.Errorf("%s %w", file, errStale)
	}
	return nil
}
