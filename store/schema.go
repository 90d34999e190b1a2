// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/search"
)

// The tables. BIGINT, DOUBLE, TEXT, BLOB, NOROWID and LOGKEY become what the
// dialect says. The shard leads every key; times are microseconds since 1970 UTC.
var tables = []string{
	// Counters: seq, the number of the last version; clock, its time; settings.
	`CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value BIGINT NOT NULL)`,

	// What the server notes beside the resources: positions of jobs, what subscribers still have to get.
	`CREATE TABLE IF NOT EXISTS memo (name TEXT PRIMARY KEY, value BLOB NOT NULL) NOROWID`,

	// Where a resource is, by the key of its type and id.
	`CREATE TABLE IF NOT EXISTS ids (shard BIGINT NOT NULL, key BIGINT NOT NULL, rid BIGINT NOT NULL, home BIGINT NOT NULL,
		PRIMARY KEY (shard, key)) NOROWID`,

	// The present state of each resource. rid is the seq of its first version.
	`CREATE TABLE IF NOT EXISTS res (shard BIGINT NOT NULL, type TEXT NOT NULL, rid BIGINT NOT NULL, key BIGINT NOT NULL,
		id TEXT NOT NULL, ver BIGINT NOT NULL, seq BIGINT NOT NULL, updated BIGINT NOT NULL, deleted BIGINT NOT NULL,
		PRIMARY KEY (shard, type, rid)) NOROWID`,
	`CREATE INDEX IF NOT EXISTS res_updated ON res (shard, type, updated, rid)`,

	// Every version, in the order of writing.
	`CREATE TABLE IF NOT EXISTS change_log (seq BIGINT NOT NULL, shard BIGINT NOT NULL, type TEXT NOT NULL, rid BIGINT NOT NULL,
		id TEXT NOT NULL, ver BIGINT NOT NULL, op BIGINT NOT NULL, updated BIGINT NOT NULL, body BLOB NOT NULL, LOGKEY)`,

	// Where the superseded versions are in change_log.
	`CREATE TABLE IF NOT EXISTS hist (shard BIGINT NOT NULL, rid BIGINT NOT NULL, ver BIGINT NOT NULL, home BIGINT NOT NULL,
		seq BIGINT NOT NULL, PRIMARY KEY (shard, rid, ver)) NOROWID`,

	// The values that searches look for, of present versions only. sp is the
	// parameter's key. Ranges are kept in two orders: by value, to find, and by
	// resource, to test one that was found by another value.
	`CREATE TABLE IF NOT EXISTS ix_tok (shard BIGINT NOT NULL, sp BIGINT NOT NULL, code BIGINT NOT NULL, rid BIGINT NOT NULL,
		sys BIGINT NOT NULL, PRIMARY KEY (shard, sp, code, rid, sys)) NOROWID`,
	`CREATE TABLE IF NOT EXISTS ix_ref (shard BIGINT NOT NULL, sp BIGINT NOT NULL, target BIGINT NOT NULL, rid BIGINT NOT NULL,
		PRIMARY KEY (shard, sp, target, rid)) NOROWID`,
	`CREATE TABLE IF NOT EXISTS ix_str (shard BIGINT NOT NULL, sp BIGINT NOT NULL, norm TEXT NOT NULL, rid BIGINT NOT NULL,
		exact BIGINT NOT NULL, PRIMARY KEY (shard, sp, norm, rid, exact)) NOROWID`,
	`CREATE TABLE IF NOT EXISTS ix_date (shard BIGINT NOT NULL, sp BIGINT NOT NULL, rid BIGINT NOT NULL, lo BIGINT NOT NULL,
		hi BIGINT NOT NULL, PRIMARY KEY (shard, sp, rid, lo, hi)) NOROWID`,
	`CREATE INDEX IF NOT EXISTS ix_date_value ON ix_date (shard, sp, lo, hi, rid)`,
	`CREATE TABLE IF NOT EXISTS ix_num (shard BIGINT NOT NULL, sp BIGINT NOT NULL, rid BIGINT NOT NULL, lo DOUBLE NOT NULL,
		hi DOUBLE NOT NULL, unit BIGINT NOT NULL, PRIMARY KEY (shard, sp, rid, lo, hi, unit)) NOROWID`,
	`CREATE INDEX IF NOT EXISTS ix_num_value ON ix_num (shard, sp, unit, lo, hi, rid)`,
}

var indexTables = []string{"ix_tok", "ix_ref", "ix_str", "ix_date", "ix_num"}

func (d *Dialect) ddl(text string) string {
	return strings.NewReplacer("BIGINT", d.BigInt, "DOUBLE", d.Double, "TEXT", d.Text, "BLOB", d.Blob,
		"NOROWID", d.NoRowID, "LOGKEY", d.LogKey).Replace(text)
}

// migrate makes the tables that are not there yet and checks the settings.
func (s *Store) migrate(ctx context.Context) error {
	for _, t := range tables {
		if _, err := s.write.ExecContext(ctx, s.dialect.ddl(t)); err != nil {
			return fmt.Errorf("making the tables: %w", s.explain(err))
		}
	}
	for name, value := range map[string]int64{"seq": 0, "clock": 0, "shards": s.shards, "index": search.Version} {
		_, err := s.write.ExecContext(ctx, s.bind("INSERT INTO counter (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING"), name, value)
		if err != nil {
			return fmt.Errorf("making the tables: %w", s.explain(err))
		}
	}
	var shards int64
	if err := s.write.QueryRowContext(ctx, "SELECT value FROM counter WHERE name = 'shards'").Scan(&shards); err != nil {
		return err
	}
	if shards != s.shards {
		return fmt.Errorf("the database has %d shards, not %d: open it with %s", shards, s.shards, "shards="+strconv.FormatInt(shards, 10))
	}
	return nil
}
