// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/woodlawn-health/woodlawn/store"
	"github.com/woodlawn-health/woodlawn/store/postgres"
	"github.com/woodlawn-health/woodlawn/store/sqlite"
)

// fhirFlags name the database of FHIR resources.
type fhirFlags struct {
	Data string `env:"WOODLAWN_DATA" type:"path" placeholder:"DIR" help:"Folder of the FHIR data; by default woodlawn/data in your configuration folder."`
	DB   string `name:"db" env:"WOODLAWN_DB" help:"Database: a SQLite file, or postgres://user@host/name. By default fhir/fhir.db in the data folder."`
}

// openStore opens the FHIR resources: in a PostgreSQL database if db is its
// address, in the SQLite file db, or in fhir/fhir.db of the data folder.
func (f *fhirFlags) openStore(ctx context.Context, bulk bool) (*store.Store, error) {
	db := f.DB
	if strings.HasPrefix(db, "postgres://") || strings.HasPrefix(db, "postgresql://") {
		s, err := postgres.Open(ctx, db, store.Options{})
		if err != nil {
			return nil, fmt.Errorf("opening the PostgreSQL database: %w", err)
		}
		return s, nil
	}
	if db == "" {
		if f.folder() == "" {
			return nil, &ExitError{ExitUsage, fmt.Errorf("name the folder of the data with --data, or a database with --db")}
		}
		db = filepath.Join(f.folder(), "fhir.db")
	}
	s, err := sqlite.Open(ctx, db, sqlite.Options{Import: bulk})
	if err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	return s, nil
}

// folder is where the FHIR server keeps its files, or empty if there is no place.
func (f *fhirFlags) folder() string {
	dir := f.Data
	if dir == "" {
		config, err := os.UserConfigDir()
		if err != nil {
			return ""
		}
		dir = filepath.Join(config, "woodlawn", "data")
	}
	return filepath.Join(dir, "fhir")
}
