// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/woodlawn-health/woodlawn/server"
	"github.com/woodlawn-health/woodlawn/server/site"
	"github.com/woodlawn-health/woodlawn/store"
)

// serveGroup is woodlawn serve with the small commands that belong to it.
type serveGroup struct {
	Run          serveCmd        `cmd:"" default:"withargs" help:"Serve FHIR R4."`
	Check        serveCheckCmd   `cmd:"" help:"Check a settings file and show what it comes to."`
	HashPassword hashPasswordCmd `cmd:"" name:"hash-password" help:"Make the hash of a password for an account."`
	InitialToken initialTokenCmd `cmd:"" name:"initial-token" help:"Make a token with which an app may register."`
}

type serveCmd struct {
	fhirFlags
	serviceFlags
	Addr     string `default:"127.0.0.1:8080" help:"Address to listen on."`
	Config   string `type:"existingfile" placeholder:"FILE" help:"Settings, as JSON (docs/reference/serve-config.md)."`
	Demo     bool   `help:"Serve invented members with logins, from a folder that is thrown away at the end."`
	TLSCert  string `name:"tls-cert" type:"existingfile" placeholder:"FILE" help:"Certificate chain, PEM."`
	TLSKey   string `name:"tls-key" type:"existingfile" placeholder:"FILE" help:"Private key, PEM."`
	Insecure bool   `help:"Allow plain HTTP, or a service that asks nobody who they are, on an address that other machines reach."`
}

// Help is the long help of the command.
func (serveCmd) Help() string {
	return `Without settings the server asks nobody who they are, and so listens on this machine only. With --config members log in
and apps get tokens, unless the settings say "open": true. With --demo it does so too, for members who are invented.

On an address that other machines reach the server speaks TLS. Without a certificate in the settings or in --tls-cert it makes
one itself, keeps it in the data folder, and prints its fingerprint.`
}

func (c serveCmd) Run(a *App) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if c.Demo {
		dir, err := os.MkdirTemp("", "woodlawn-demo-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		c.Data, c.DB = dir, ""
	}
	config, err := c.config()
	if err != nil {
		return &ExitError{ExitUsage, err}
	}
	secure, err := c.checkAddress(config)
	if err != nil {
		return &ExitError{ExitUsage, err}
	}
	l, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return &ExitError{ExitInput, err}
	}
	defer l.Close()
	return c.serve(ctx, a, config, l, secure)
}

// config is the settings: of the file, or those that the flags come to.
func (c serveCmd) config() (*site.Config, error) {
	config := &site.Config{Open: true}
	switch {
	case c.Demo && c.Config != "":
		return nil, errors.New("--demo has settings of its own: leave out --config")
	case c.Demo:
		var err error
		if config, err = demoConfig(c.Data); err != nil {
			return nil, err
		}
	case c.Config != "":
		var err error
		if config, err = site.ReadConfig(c.Config); err != nil {
			return nil, err
		}
	}
	if c.TLSCert != "" || c.TLSKey != "" {
		cert, err := filepath.Abs(c.TLSCert)
		if err != nil {
			return nil, err
		}
		key, err := filepath.Abs(c.TLSKey)
		if err != nil {
			return nil, err
		}
		if c.TLSCert == "" || c.TLSKey == "" {
			return nil, errors.New("--tls-cert and --tls-key go together")
		}
		config.TLS = site.TLS{Certificate: cert, Key: key}
	}
	if err := config.Check(); err != nil {
		return nil, err
	}
	if c.DB != "" && len(config.Lines) > 1 {
		return nil, errors.New("--db names one database, but the settings have several lines: write db in each line")
	}
	if l := &config.Lines[0]; c.DB != "" && l.DB == "" {
		l.DB = c.DB
	}
	return config, nil
}

// checkAddress keeps health data from being served to whoever comes by mistake, or
// in plain text. secure tells that the server speaks TLS.
func (c serveCmd) checkAddress(config *site.Config) (secure bool, err error) {
	host, _, err := net.SplitHostPort(c.Addr)
	if err != nil {
		return false, fmt.Errorf("--addr: %w", err)
	}
	ip := net.ParseIP(host)
	local := host == "localhost" || ip != nil && ip.IsLoopback()
	if !local && config.Open && !c.Insecure {
		return false, errors.New("clients are not asked who they are, so the server listens on this machine only (127.0.0.1); with --config members log in, and --insecure allows other addresses all the same")
	}
	secure = config.TLS.Certificate != "" || !local && !c.Insecure
	if (host == "" || ip != nil && ip.IsUnspecified()) && config.Issuer == "" && !config.Open {
		return secure, errors.New("the settings need issuer, the address by which members and apps reach the server: https://fhir.example.org")
	}
	return secure, nil
}

// serve opens the site and serves it until the process is told to stop.
func (c serveCmd) serve(ctx context.Context, a *App, config *site.Config, l net.Listener, secure bool) error {
	spareCollector()
	log := slog.New(slog.NewJSONHandler(a.Err, nil))
	scheme := "http"
	var cert *site.Certificate
	if c.folder() == "" {
		return &ExitError{ExitUsage, errors.New("name the folder of the data with --data")}
	}
	data := filepath.Dir(c.folder())
	if secure {
		scheme = "https"
		var err error
		if cert, err = config.Certificate(data, config.Hosts(l.Addr().String()), time.Now()); err != nil {
			return &ExitError{ExitInput, err}
		}
	}
	s, err := site.Open(ctx, site.Options{Config: config, Data: data, Address: scheme + "://" + l.Addr().String(), Log: log, Version: Version,
		Prepare: func(_ string, s *store.Store, opt *server.Options) error {
			return c.services(s, &config.Services, opt)
		},
		OpenStore: func(ctx context.Context, data, db string) (*store.Store, error) {
			f := fhirFlags{Data: data, DB: db}
			return f.openStore(ctx, false)
		}})
	if err != nil {
		return &ExitError{ExitInput, err}
	}
	defer s.Close()
	if c.Demo {
		if err := c.prepareDemo(ctx, s); err != nil {
			return err
		}
	}
	h := config.HTTPServer(s.Handler(), log)
	c.announce(a, s, cert)
	failed := make(chan error, 1)
	go func() {
		if cert != nil {
			h.TLSConfig = cert.Config
			failed <- h.ServeTLS(l, "", "")
		} else {
			failed <- h.Serve(l)
		}
	}()
	select {
	case err := <-failed:
		return &ExitError{ExitInternal, err}
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	return h.Shutdown(grace)
}

// announce prints where the server is to be found.
func (c serveCmd) announce(a *App, s *site.Site, cert *site.Certificate) {
	var b strings.Builder
	for _, e := range s.Endpoints() {
		fmt.Fprintf(&b, "%s at %s\n", e.Name, e.URL)
	}
	if cert != nil {
		if cert.SelfSigned {
			b.WriteString("The certificate is self-signed: nobody vouches for it but this line. Name a certificate under tls in the settings.\n")
		}
		fmt.Fprintf(&b, "Certificate SHA-256 %s\n", cert.Fingerprint)
	}
	if c.Demo {
		b.WriteString(c.announceDemo())
	}
	fmt.Fprint(a.Out, b.String())
}
