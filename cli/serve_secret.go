// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/woodlawn-health/woodlawn/server/site"
	"github.com/woodlawn-health/woodlawn/smart"
)

type hashPasswordCmd struct{}

// Help is the long help of the command.
func (hashPasswordCmd) Help() string {
	return `Reads the password from the terminal, or the first line of standard input, and prints the bcrypt hash that an
account's passwordHash holds. Passwords have 8 to 72 bytes.`
}

func (hashPasswordCmd) Run(a *App) error {
	password, err := readPassword(a)
	if err != nil {
		return &ExitError{ExitInput, err}
	}
	hash, err := smart.HashPassword(password)
	if err != nil {
		return &ExitError{ExitUsage, err}
	}
	fmt.Fprintln(a.Out, hash)
	return nil
}

func readPassword(a *App) (string, error) {
	if f, ok := a.In.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		fmt.Fprint(a.Err, "Password: ")
		b, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(a.Err)
		return string(b), err
	}
	line, err := bufio.NewReader(io.LimitReader(a.In, 4096)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	return strings.TrimRight(line, "\r\n"), nil
}

type initialTokenCmd struct{}

// Help is the long help of the command.
func (initialTokenCmd) Help() string {
	return `Prints a token for the maker of an app, who registers with it (Authorization: Bearer TOKEN), and its digest for
registration.initialTokens of the settings. The token is not kept anywhere.`
}

func (initialTokenCmd) Run(a *App) error {
	token := rand.Text() + rand.Text()
	if a.Format == "json" {
		return writeJSON(a.Out, map[string]string{"token": token, "digest": smart.Digest(token)})
	}
	fmt.Fprintf(a.Out, "token   %s\ndigest  %s\n", token, smart.Digest(token))
	return nil
}

type serveCheckCmd struct {
	Config string `arg:"" type:"existingfile" help:"Settings, as JSON."`
	Data   string `env:"WOODLAWN_DATA" type:"path" placeholder:"DIR" help:"Folder of the data."`
}

// Run checks the settings and lists the endpoints that they come to.
func (c serveCheckCmd) Run(a *App) error {
	config, err := site.ReadConfig(c.Config)
	if err != nil {
		return &ExitError{ExitUsage, err}
	}
	base := c.Data
	if base == "" {
		base = "DATA"
	}
	rows := [][]string{{"Endpoint", "Kind", "Contract", "Path", "Data", "Login"}}
	login := "yes"
	if config.Open {
		login = "no"
	}
	for i := range config.Lines {
		l := &config.Lines[i]
		data, db := config.Data(base, l)
		if db != "" {
			data = databaseName(db)
		}
		rows = append(rows, []string{l.ID, string(l.Kind), l.Contract, config.Issuer + l.Path, data, login})
	}
	for _, p := range []struct {
		name   string
		public *site.Public
	}{{"directory", config.Directory}, {"formulary", config.Formulary}} {
		if p.public != nil {
			data := config.PublicData(base, p.name, p.public)
			if p.public.DB != "" {
				data = databaseName(p.public.DB)
			}
			rows = append(rows, []string{p.name, "", "", config.Issuer + p.public.Path, data, "no"})
		}
	}
	if a.Format == "json" {
		return writeJSON(a.Out, objects(rows))
	}
	return writeRows(a, rows)
}

// databaseName is a database's address without a password.
func databaseName(db string) string {
	if i, j := strings.Index(db, "://"), strings.LastIndexByte(db, '@'); i >= 0 && j > i {
		return db[:i+3] + db[j+1:]
	}
	return db
}
