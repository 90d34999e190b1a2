// SPDX-License-Identifier: Apache-2.0

// Package journal is an append-only file of lines, durable line by line: Append
// returns when the line is on disk. Writers that come at the same time share one
// fsync. A line that a crash cut short is dropped when the file is opened again.
package journal

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
)

// MaxLine is the longest line in bytes.
const MaxLine = 256 << 10

// ErrClosed is returned after Close, or after a write that failed: what lies on
// disk then is uncertain, and the file must be opened anew.
var ErrClosed = errors.New("journal is closed")

// Journal is an open file. It may be used by many goroutines.
type Journal struct {
	path string

	mu      sync.Mutex // guards what follows
	file    *os.File
	size    int64  // bytes written
	written uint64 // lines written since Open
	durable uint64 // lines of them known to be on disk
	syncing bool
	failed  error
	done    *sync.Cond // a sync ended
}

// Open opens or makes a file and calls line with every whole line in it and the
// line's offset. The bytes are valid during the call only. An error of line ends the
// reading and is returned.
func Open(path string, line func(offset int64, b []byte) error) (*Journal, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	size, err := Read(file, line)
	if err == nil {
		err = file.Truncate(size)
	}
	if err == nil {
		_, err = file.Seek(size, io.SeekStart)
	}
	if err == nil {
		err = syncFolder(filepath.Dir(path))
	}
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	j := &Journal{path: path, file: file, size: size}
	j.done = sync.NewCond(&j.mu)
	return j, nil
}

// Read calls line with every whole line of r and returns the size of all whole lines.
func Read(r io.Reader, line func(offset int64, b []byte) error) (int64, error) {
	in := bufio.NewReaderSize(r, MaxLine+1)
	var offset int64
	for {
		b, err := in.ReadSlice('\n')
		switch {
		case err == io.EOF: // b is a line that was cut short
			return offset, nil
		case err != nil:
			return offset, fmt.Errorf("line at byte %d: %w", offset, err)
		}
		if err := line(offset, b[:len(b)-1]); err != nil {
			return offset, fmt.Errorf("line at byte %d: %w", offset, err)
		}
		offset += int64(len(b))
	}
}

// Append writes one line and returns its offset when it is on disk.
func (j *Journal) Append(line []byte) (int64, error) {
	offset, wait, err := j.Write(line)
	if err == nil {
		err = wait()
	}
	return offset, err
}

// Write puts one line behind those written before and returns at once; wait
// returns when the line is on disk. A caller that keeps order under a lock of its own
// writes under the lock and waits outside it.
func (j *Journal) Write(line []byte) (offset int64, wait func() error, err error) {
	if len(line) >= MaxLine || bytes.IndexByte(line, '\n') >= 0 {
		return 0, nil, fmt.Errorf("a line must be shorter than %d bytes and hold no line end", MaxLine)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.failed != nil {
		return 0, nil, j.failed
	}
	offset = j.size
	if _, err := j.file.Write(append(line[:len(line):len(line)], '\n')); err != nil {
		// Part of the line may be there: take it away, or use the file no more.
		if cut := j.file.Truncate(offset); cut != nil {
			j.failed = ErrClosed
		} else if _, cut := j.file.Seek(offset, io.SeekStart); cut != nil {
			j.failed = ErrClosed
		}
		return 0, nil, err
	}
	j.size += int64(len(line)) + 1
	j.written++
	mine := j.written
	return offset, func() error { return j.sync(mine) }, nil
}

// sync returns when the first n lines are on disk. One caller syncs for all that
// have written by then; the others wait for it.
func (j *Journal) sync(n uint64) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	for j.durable < n {
		if j.failed != nil {
			return j.failed
		}
		if j.syncing {
			j.done.Wait()
			continue
		}
		j.syncing = true
		written, file := j.written, j.file
		j.mu.Unlock()
		err := file.Sync()
		j.mu.Lock()
		j.syncing = false
		if err != nil {
			j.failed = fmt.Errorf("%w: %w", ErrClosed, err)
		} else {
			j.durable = max(j.durable, written)
		}
		j.done.Broadcast()
	}
	return nil
}

// Sync returns when all lines written so far are on disk.
func (j *Journal) Sync() error {
	j.mu.Lock()
	n := j.written
	j.mu.Unlock()
	return j.sync(n)
}

// Size is the number of bytes written.
func (j *Journal) Size() int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.size
}

// ReadLine reads the line at an offset that Open or Append gave.
func (j *Journal) ReadLine(offset int64) ([]byte, error) {
	j.mu.Lock()
	file, size := j.file, j.size
	j.mu.Unlock()
	if offset < 0 || offset >= size {
		return nil, fmt.Errorf("%s has no line at byte %d", j.path, offset)
	}
	b, err := bufio.NewReaderSize(io.NewSectionReader(file, offset, min(size-offset, MaxLine+1)), 4096).ReadBytes('\n')
	if err != nil {
		return nil, err
	}
	return b[:len(b)-1], nil
}

// Replace writes a new file from the lines that each gives, and puts it in the
// place of this one. No line may be written meanwhile.
func (j *Journal) Replace(each func(add func(line []byte) error) error) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	for j.syncing {
		j.done.Wait()
	}
	if j.failed != nil {
		return j.failed
	}
	fresh, err := os.OpenFile(j.path+".new", os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	var size int64
	out := bufio.NewWriterSize(fresh, 1<<16)
	err = each(func(line []byte) error {
		size += int64(len(line)) + 1
		out.Write(line)
		return out.WriteByte('\n')
	})
	if err == nil {
		err = out.Flush()
	}
	if err == nil {
		err = fresh.Sync()
	}
	if err == nil {
		err = os.Rename(fresh.Name(), j.path)
	}
	if err != nil {
		fresh.Close()
		os.Remove(j.path + ".new")
		return err
	}
	j.file.Close()
	j.file, j.size = fresh, size
	if err := syncFolder(filepath.Dir(j.path)); err != nil {
		j.failed = fmt.Errorf("%w: %w", ErrClosed, err)
		return j.failed
	}
	j.durable = j.written // the new file was synced
	j.done.Broadcast()
	return nil
}

// Close syncs and closes the file.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	for j.syncing {
		j.done.Wait()
	}
	if errors.Is(j.failed, ErrClosed) {
		return nil
	}
	j.failed = ErrClosed
	err := j.file.Sync()
	if err == nil {
		j.durable = j.written
	}
	j.done.Broadcast()
	return errors.Join(err, j.file.Close())
}

// syncFolder makes a file's name durable.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
