// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/woodlawn-health/woodlawn/server"
	"github.com/woodlawn-health/woodlawn/store"
	"github.com/woodlawn-health/woodlawn/store/ingest"
)

type serveCmd struct {
	fhirFlags
	serviceFlags
	Addr     string `default:"127.0.0.1:8080" help:"Address to listen on."`
	Config   string `type:"existingfile" placeholder:"FILE" help:"Settings, as JSON."`
	Demo     bool   `help:"Serve a few invented patients from a folder that is thrown away at the end."`
	TLSCert  string `name:"tls-cert" type:"existingfile" placeholder:"FILE" help:"Certificate chain, PEM."`
	TLSKey   string `name:"tls-key" type:"existingfile" placeholder:"FILE" help:"Private key, PEM."`
	Insecure bool   `help:"Allow an address that other machines reach, though clients are not asked who they are."`
}

// serveConfig is the settings file.
type serveConfig struct {
	Base              string   `json:"base"`              // address that clients know, as https://fhir.example.org/fhir
	Types             []string `json:"types"`             // resource types to serve; all by default
	MaxBodyBytes      int64    `json:"maxBodyBytes"`      // of a request; 16 MiB by default
	MaxBundleEntries  int      `json:"maxBundleEntries"`  // of a batch or transaction; 5,000 by default
	TimeoutSeconds    float64  `json:"timeoutSeconds"`    // of a request; 30 by default
	RequestsPerSecond float64  `json:"requestsPerSecond"` // of each client; no limit by default
	Burst             int      `json:"burst"`             // requests that may come at once
	serviceConfig
}

//go:embed demodata/fhir.ndjson
var demoData embed.FS

func (c serveCmd) Run(a *App) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	config, err := c.config()
	if err != nil {
		return err
	}
	if err := c.checkAddress(); err != nil {
		return &ExitError{ExitUsage, err}
	}
	if c.Demo {
		dir, err := os.MkdirTemp("", "woodlawn-demo-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		c.Data, c.DB = dir, ""
	}
	s, err := c.openStore(ctx, false)
	if err != nil {
		return err
	}
	defer s.Close()
	if c.Demo {
		if err := loadDemo(ctx, s); err != nil {
			return err
		}
	}
	log := slog.New(slog.NewJSONHandler(a.Err, nil))
	opt := server.Options{
		Base: config.Base, Types: config.Types, MaxBody: config.MaxBodyBytes, MaxBundle: config.MaxBundleEntries,
		Timeout: time.Duration(config.TimeoutSeconds * float64(time.Second)), Rate: config.RequestsPerSecond, Burst: config.Burst,
		Bulk: filepath.Join(c.folder(), "bulk"), Log: log, Version: Version,
	}
	if err := c.services(&config.serviceConfig, &opt); err != nil {
		return err
	}
	srv, err := server.New(s, opt)
	if err != nil {
		return err
	}
	defer srv.Close()
	return c.listen(ctx, a, srv, s, log)
}

func (c serveCmd) config() (config serveConfig, err error) {
	if c.Config == "" {
		return config, nil
	}
	f, err := os.Open(c.Config)
	if err != nil {
		return config, err
	}
	defer f.Close()
	dec := json.NewDecoder(f)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&config); err != nil {
		return config, fmt.Errorf("%s: %w", c.Config, err)
	}
	return config, nil
}

// checkAddress keeps health data from being served to whoever comes by mistake.
func (c serveCmd) checkAddress() error {
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return errors.New("--tls-cert and --tls-key go together")
	}
	host, _, err := net.SplitHostPort(c.Addr)
	if err != nil {
		return fmt.Errorf("--addr: %w", err)
	}
	ip := net.ParseIP(host)
	if host == "localhost" || ip != nil && ip.IsLoopback() || c.Insecure {
		return nil
	}
	return errors.New("clients are not asked who they are, so the server listens on this machine only (127.0.0.1); --insecure allows other addresses")
}

// listen serves until the process is told to stop, then lets requests end.
func (c serveCmd) listen(ctx context.Context, a *App, srv *server.Server, s *store.Store, log *slog.Logger) error {
	mux := http.NewServeMux()
	mux.Handle("/fhir/", http.StripPrefix("/fhir", srv))
	mux.Handle("/fhir", http.StripPrefix("/fhir", srv))
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, r *http.Request) {
		if err := s.Check(r.Context()); err != nil {
			http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	l, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return &ExitError{ExitInput, err}
	}
	h := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 2 * time.Minute, WriteTimeout: 10 * time.Minute,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 128 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn)}
	scheme := "http"
	if c.TLSCert != "" {
		scheme = "https"
	}
	fmt.Fprintf(a.Out, "FHIR R4 at %s://%s/fhir\n", scheme, l.Addr())
	failed := make(chan error, 1)
	go func() {
		if c.TLSCert != "" {
			failed <- h.ServeTLS(l, c.TLSCert, c.TLSKey)
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

// loadDemo writes the invented patients.
func loadDemo(ctx context.Context, s *store.Store) error {
	b, err := demoData.ReadFile("demodata/fhir.ndjson")
	if err != nil {
		return err
	}
	return s.Write(ctx, func(tx *store.Tx) error {
		for line := range strings.Lines(string(b)) {
			p, err := ingest.Prepare(strings.TrimSpace(line))
			if err != nil {
				return err
			}
			if _, _, err := tx.Put(p); err != nil {
				return err
			}
		}
		return nil
	})
}
