// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/woodlawn-health/woodlawn/store"
	"github.com/woodlawn-health/woodlawn/store/postgres"
	"github.com/woodlawn-health/woodlawn/store/sqlite"
)

// openStore opens the FHIR resources: in a PostgreSQL database if db is its
// address, in the SQLite file db, or in fhir/fhir.db of the data folder.
func (a *App) openStore(ctx context.Context, db string, bulk bool) (*store.Store, error) {
	if strings.HasPrefix(db, "postgres://") || strings.HasPrefix(db, "postgresql://") {
		s, err := postgres.Open(ctx, db, store.Options{})
		if err != nil {
			return nil, fmt.Errorf("opening the PostgreSQL database: %w", err)
		}
		return s, nil
	}
	if db == "" {
		if a.Data == "" {
			return nil, &ExitError{ExitUsage, fmt.Errorf("name the folder of the data with --data, or a database with --db")}
		}
		db = filepath.Join(a.fhirFolder(), "fhir.db")
	}
	s, err := sqlite.Open(ctx, db, sqlite.Options{Import: bulk})
	if err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	return s, nil
}

// fhirFolder is where the FHIR server keeps its files.
func (a *App) fhirFolder() string { return filepath.Join(a.Data, "fhir") }
