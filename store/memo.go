// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"database/sql"
	"errors"
)

// Memo is a value that the server keeps under a name beside the resources: how far
// a job is, what a subscriber still has to get. It is written with the resources,
// in one transaction.
type Memo struct {
	Name  string
	Value []byte
}

// SetMemo keeps a value under a name; nil forgets it.
func (tx *Tx) SetMemo(name string, value []byte) error {
	if value == nil {
		return tx.w.exec("DELETE FROM memo WHERE name = ?", name)
	}
	return tx.w.exec("INSERT INTO memo (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value)
}

// DeleteMemos forgets all memos from a name on, up to but not including another.
func (tx *Tx) DeleteMemos(from, to string) error {
	return tx.w.exec("DELETE FROM memo WHERE name >= ? AND name < ?", from, to)
}

// Memo is the value under a name as this transaction sees it, nil if there is none.
func (tx *Tx) Memo(name string) ([]byte, error) {
	rows, err := tx.w.query("SELECT value FROM memo WHERE name = ?", name)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var value []byte
	if rows.Next() {
		err = rows.Scan(&value)
	}
	return value, errors.Join(err, rows.Err())
}

// Memo is the value under a name, nil if there is none.
func (s *Store) Memo(ctx context.Context, name string) ([]byte, error) {
	st, err := s.prepared(ctx, "SELECT value FROM memo WHERE name = ?")
	if err != nil {
		return nil, err
	}
	var value []byte
	err = st.QueryRowContext(ctx, name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return value, err
}

// Memos are those from a name on, up to but not including another, in the order of
// their names, at most limit of them.
func (s *Store) Memos(ctx context.Context, from, to string, limit int) ([]Memo, error) {
	rows, err := s.query(ctx, "SELECT name, value FROM memo WHERE name >= ? AND name < ? ORDER BY name LIMIT ?", from, to, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Memo
	for rows.Next() {
		var m Memo
		if err := rows.Scan(&m.Name, &m.Value); err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	return list, rows.Err()
}
