// SPDX-License-Identifier: Apache-2.0

package site

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// errLocked is given for a folder that another process has locked.
var errLocked = errors.New("locked")

// folderLock keeps a second process from a folder: the records and the trail are
// written by one.
type folderLock struct{ file *os.File }

func lockFolder(dir string) (*folderLock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := lockFile(f); err != nil {
		f.Close()
		return nil, fmt.Errorf("%w: another woodlawn serves the data in %s; stop it first, or name another folder with --data", errLocked, dir)
	}
	return &folderLock{f}, nil
}

// release unlocks; the end of the process does so too.
func (l *folderLock) release() error { return l.file.Close() }
