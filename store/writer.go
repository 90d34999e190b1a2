// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"
)

// job is one write that waits.
type job struct {
	ctx  context.Context
	fn   func(*Tx) error
	done chan error
}

// maxGroup bounds the writes that share a commit.
const maxGroup = 512

// Write runs fn in a transaction and returns when its work is durable, or with
// the error for which it was undone. Writes run one after another; fn should
// have prepared beforehand what takes time.
func (s *Store) Write(ctx context.Context, fn func(*Tx) error) error {
	j := &job{ctx: ctx, fn: fn, done: make(chan error, 1)}
	select {
	case <-s.closing:
		return ErrClosed
	default:
	}
	select {
	case s.jobs <- j:
	case <-ctx.Done():
		return ctx.Err()
	case <-s.closing:
		return ErrClosed
	}
	select {
	case err := <-j.done: // never given up half-way: the caller must know
		return err
	case <-s.stopped:
		select {
		case err := <-j.done:
			return err
		default:
			return ErrClosed
		}
	}
}

// writer runs the writes until the store is closed.
func (s *Store) writer() {
	defer close(s.stopped)
	w := &session{store: s, counted: -1}
	defer w.drop()
	for {
		select {
		case j := <-s.jobs:
			s.group(w, j)
		case <-s.closing:
			for { // those that were let in before
				select {
				case j := <-s.jobs:
					s.group(w, j)
				default:
					return
				}
			}
		}
	}
}

// group runs a write, and those that wait behind it, in one transaction.
func (s *Store) group(w *session, first *job) {
	var ran []*job
	fail := func(err error) {
		for _, j := range ran {
			j.done <- err
		}
		if errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) {
			w.drop()
		}
	}
	if err := w.begin(); err != nil {
		w.rollback()
		first.done <- s.explain(err)
		w.drop()
		return
	}
	for j := first; ; {
		if err := j.ctx.Err(); err != nil {
			j.done <- err
		} else if err, lost := w.run(j, len(ran) == 0); lost {
			ran = append(ran, j)
			w.rollback()
			fail(s.explain(err))
			return
		} else if err != nil {
			j.done <- s.explain(err)
		} else {
			ran = append(ran, j)
		}
		if len(ran) >= maxGroup {
			break
		}
		select {
		case j = <-s.jobs:
			continue
		default:
		}
		break
	}
	if err := w.commit(); err != nil {
		w.rollback()
		fail(s.explain(err))
		return
	}
	for _, j := range ran {
		j.done <- nil
	}
	w.analyze()
}

// session is the writer's connection with its statements.
type session struct {
	store      *Store
	conn       *sql.Conn
	statements map[string]*sql.Stmt
	inserts    map[string]driver.StmtExecContext // see execRows; few, as the numbers of rows are
	values     []driver.NamedValue               // of the last of them, to be used again
	seq, clock int64                             // of the last version written
	now        int64                             // time of this transaction
	counted    int64                             // seq when the database last counted its rows; -1 before the first transaction
	changed    bool
}

func (w *session) drop() {
	if w.conn != nil {
		for _, st := range w.statements {
			st.Close()
		}
		w.conn.Raw(func(any) error { // not if the connection was given up and closed before
			for _, st := range w.inserts {
				st.(driver.Stmt).Close()
			}
			return nil
		})
		w.conn.Close()
	}
	w.conn, w.statements, w.inserts = nil, nil, nil
}

func (w *session) begin() error {
	if w.conn == nil {
		conn, err := w.store.write.Conn(context.Background())
		if err != nil {
			return err
		}
		w.conn, w.statements, w.inserts = conn, map[string]*sql.Stmt{}, map[string]driver.StmtExecContext{}
	}
	for _, text := range w.store.dialect.Begin {
		if err := w.plain(text); err != nil {
			return err
		}
	}
	w.changed = false
	rows, err := w.query("SELECT name, value FROM counter WHERE name IN ('seq', 'clock')")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var value int64
		if err := rows.Scan(&name, &value); err != nil {
			return err
		}
		if name == "seq" {
			w.seq = value
		} else {
			w.clock = value
		}
	}
	if w.counted < 0 {
		w.counted = w.seq
	}
	w.now = max(time.Now().UnixMilli()*1000, w.clock) // never back, whatever the clock does
	return rows.Err()
}

func (w *session) commit() error {
	if w.changed {
		const set = "UPDATE counter SET value = ? WHERE name = ?"
		if err := errors.Join(w.exec(set, w.seq, "seq"), w.exec(set, w.now, "clock")); err != nil {
			return err
		}
	}
	return w.plain("COMMIT")
}

// analyze has the database count its rows when there are twice as many versions as
// the last time. What comes of it only bears on how it searches.
func (w *session) analyze() {
	const enough = 1000
	if w.store.dialect.Analyze == "" || w.seq < max(2*w.counted, enough) {
		return
	}
	w.counted = w.seq
	if w.plain(w.store.dialect.Analyze) != nil && w.conn != nil {
		w.drop()
	}
}

func (w *session) rollback() {
	if w.conn != nil && w.plain("ROLLBACK") != nil {
		w.drop()
	}
}

// run does one write in a savepoint; the first of a transaction needs none, as
// there is nothing before it to keep. lost tells that the whole transaction is.
func (w *session) run(j *job, first bool) (err error, lost bool) {
	tx := &Tx{w: w, store: w.store, seq: w.seq}
	if first {
		if err = tx.do(j.fn); err != nil {
			return err, true
		}
		w.seq, w.changed = tx.seq, tx.wrote
		return nil, false
	}
	if err := w.plain("SAVEPOINT job"); err != nil {
		return err, true
	}
	if err = tx.do(j.fn); err == nil {
		w.seq = tx.seq
		w.changed = w.changed || tx.wrote
		err = w.plain("RELEASE SAVEPOINT job")
		return err, err != nil
	}
	if undo := w.plain("ROLLBACK TO SAVEPOINT job"); undo != nil {
		return err, true // a full disk ends the whole transaction
	}
	return err, w.plain("RELEASE SAVEPOINT job") != nil
}

// do runs fn and writes what it left waiting. A panic undoes the write alone.
func (tx *Tx) do(fn func(*Tx) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("internal error in a write: %v", r)
		}
	}()
	if err = fn(tx); err == nil {
		err = tx.flush()
	}
	return err
}

func (w *session) plain(text string) error {
	_, err := w.conn.ExecContext(context.Background(), text)
	return err
}

func (w *session) stmt(text string) (*sql.Stmt, error) {
	if st := w.statements[text]; st != nil {
		return st, nil
	}
	st, err := w.conn.PrepareContext(context.Background(), w.store.bind(text))
	if err != nil {
		return nil, err
	}
	if len(w.statements) > 2000 {
		for old, st := range w.statements {
			st.Close()
			delete(w.statements, old)
			break
		}
	}
	w.statements[text] = st
	return st, nil
}

func (w *session) exec(text string, args ...any) error {
	st, err := w.stmt(text)
	if err == nil {
		_, err = st.ExecContext(context.Background(), args...)
	}
	return err
}

// execRows is exec for statements of many values, which are of the types that
// drivers take: it goes past database/sql, which would look at each and copy it.
func (w *session) execRows(text string, args []driver.NamedValue) error {
	return w.conn.Raw(func(conn any) error {
		st := w.inserts[text]
		if st == nil {
			made, err := conn.(driver.ConnPrepareContext).PrepareContext(context.Background(), w.store.bind(text))
			if err != nil {
				return err
			}
			var ok bool
			if st, ok = made.(driver.StmtExecContext); !ok {
				made.Close()
				return errors.New("the database's driver runs no prepared statements")
			}
			w.inserts[text] = st
		}
		_, err := st.ExecContext(context.Background(), args)
		return err
	})
}

func (w *session) query(text string, args ...any) (*sql.Rows, error) {
	st, err := w.stmt(text)
	if err != nil {
		return nil, err
	}
	return st.QueryContext(context.Background(), args...)
}
