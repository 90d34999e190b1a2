// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/woodlawn-health/woodlawn/claim/civil"
	"github.com/woodlawn-health/woodlawn/refdata"
)

func vbcText(name string) refdata.Column { return refdata.Column{Name: name, Kind: refdata.Text} }

func vbcNumber(name string, scale uint8) refdata.Column {
	return refdata.Column{Name: name, Kind: refdata.Number, Scale: scale}
}

// vbcYear is the Meta of a table in force for one calendar year.
func vbcYear(id string, year int, title, source string, cols ...refdata.Column) refdata.Meta {
	return refdata.Meta{ID: id, Version: strconv.Itoa(year), Title: title, Source: source, Columns: cols,
		Effective: civil.Of(year, time.January, 1), Ends: civil.Of(year, time.December, 31)}
}

// vbcOpen is the Meta of a table without an end, in force from 2023.
func vbcOpen(id, version, title, source string, cols ...refdata.Column) refdata.Meta {
	return refdata.Meta{ID: id, Version: version, Title: title, Source: source, Columns: cols,
		Effective: civil.Of(2023, time.January, 1)}
}

// vbcFromCSV builds a table from a csv or csv.gz file with a header line.
func vbcFromCSV(path string, meta refdata.Meta, row func(map[string]string, *refdata.Builder) error) (*refdata.Table, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	meta.SourceSHA256 = hex.EncodeToString(sum[:])
	var r io.Reader = bytes.NewReader(data)
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(r); err != nil {
			return nil, err
		}
	}
	b := refdata.NewBuilder(meta)
	if err := vbcRows(r, func(rec map[string]string) error { return row(rec, b) }); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	return b.Table(), nil
}

func vbcRows(r io.Reader, row func(map[string]string) error) error {
	rd := csv.NewReader(r)
	head, err := rd.Read()
	if err != nil {
		return err
	}
	for {
		rec, err := rd.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		m := make(map[string]string, len(head))
		for i, name := range head {
			m[name] = rec[i]
		}
		if err := row(m); err != nil {
			line, _ := rd.FieldPos(0)
			return fmt.Errorf("line %d: %w", line, err)
		}
	}
}
