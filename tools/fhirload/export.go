// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// exportPatience is how long an export may take.
const exportPatience = 5 * time.Minute

// export runs one bulk export of the whole system and downloads its files.
func (d *driver) export() error {
	cpu, began := d.cpu(), time.Now()
	resp, _, err := d.send("GET", "/$export", nil, "Prefer", "respond-async", "Accept", "application/fhir+json")
	if err != nil {
		return err
	}
	status := resp.Header.Get("Content-Location")
	if resp.StatusCode != http.StatusAccepted || status == "" {
		fmt.Printf("| export | 0 | 1 | | | | | |\n")
		return nil
	}
	var manifest struct {
		Output []struct{ URL string }
	}
	for {
		done, err := d.poll(status, &manifest)
		if err != nil {
			return err
		}
		if done {
			break
		}
		if time.Since(began) > exportPatience {
			return fmt.Errorf("the export took longer than %s", exportPatience)
		}
		time.Sleep(50 * time.Millisecond)
	}
	made := time.Since(began)
	var bytes, lines int64
	for _, o := range manifest.Output {
		n, size, err := d.download(o.URL)
		if err != nil {
			return err
		}
		lines, bytes = lines+n, bytes+size
	}
	all := time.Since(began)
	each := ""
	if spent := d.cpu() - cpu; spent > 0 && lines > 0 {
		each = fmt.Sprintf("%.3f", 1000*spent/float64(lines))
	}
	fmt.Printf("| export: %d resources, %.0f MB, %.1f s to make | %d | 0 | %.0f | | | | %s |\n", lines, float64(bytes)/1e6, made.Seconds(), lines, float64(lines)/all.Seconds(), each)
	return nil
}

// poll asks for the manifest.
func (d *driver) poll(status string, manifest any) (bool, error) {
	req, err := http.NewRequest("GET", status, nil)
	if err != nil {
		return false, err
	}
	req.Header.Set("Accept", "application/json")
	if d.bearer != "" {
		req.Header.Set("Authorization", "Bearer "+d.bearer)
	}
	resp, err := d.http.Do(req)
	if err != nil {
		return false, err
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusAccepted:
		return false, nil
	case http.StatusOK:
		return true, json.NewDecoder(resp.Body).Decode(manifest)
	}
	return false, fmt.Errorf("export status: %s", resp.Status)
}

// download counts the lines and bytes of a file, or of a Binary that holds it.
func (d *driver) download(url string) (lines, size int64, err error) {
	req, err := http.NewRequest("GET", url, nil)
	if err != nil {
		return 0, 0, err
	}
	req.Header.Set("Accept", "application/fhir+ndjson")
	if d.bearer != "" {
		req.Header.Set("Authorization", "Bearer "+d.bearer)
	}
	resp, err := d.http.Do(req)
	if err != nil {
		return 0, 0, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return 0, 0, fmt.Errorf("download: %s", resp.Status)
	}
	sc := bufio.NewScanner(resp.Body)
	sc.Buffer(nil, 64<<20)
	for sc.Scan() {
		lines++
		size += int64(len(sc.Bytes())) + 1
	}
	return lines, size, sc.Err()
}
