// SPDX-License-Identifier: Apache-2.0

package server

import (
	"bytes"
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// patchStep is one operation of a JSON Patch (RFC 6902).
type patchStep struct {
	Op    string          `json:"op"`
	Path  *string         `json:"path"`
	From  *string         `json:"from"`
	Value json.RawMessage `json:"value"`
}

const maxPatchSteps = 1000

func readPatch(body []byte) ([]patchStep, error) {
	var steps []patchStep
	if err := json.Unmarshal(body, &steps); err != nil {
		return nil, failure(http.StatusBadRequest, "structure", "the body is no JSON Patch: an array of operations with op, path and value")
	}
	if len(steps) == 0 || len(steps) > maxPatchSteps {
		return nil, failure(http.StatusBadRequest, "structure", "a patch has 1 to %d operations", maxPatchSteps)
	}
	for i, st := range steps {
		needsValue := slices.Contains([]string{"add", "replace", "test"}, st.Op)
		needsFrom := st.Op == "move" || st.Op == "copy"
		switch {
		case st.Op != "remove" && !needsValue && !needsFrom:
			return nil, badStep(i, "the operation is not known")
		case st.Path == nil, needsFrom && st.From == nil, needsValue && st.Value == nil:
			return nil, badStep(i, "path, from or value is missing")
		case *st.Path != "" && (*st.Path)[0] != '/':
			return nil, badStep(i, "the path does not begin with /")
		}
	}
	return steps, nil
}

func badStep(i int, reason string) error {
	return failure(http.StatusBadRequest, "invalid", "operation %d of the patch: %s", i+1, reason)
}

func cannot(i int, reason string) error {
	return failure(http.StatusUnprocessableEntity, "processing", "operation %d of the patch: %s", i+1, reason)
}

// applySteps gives the document after all steps. Numbers keep their digits.
func applySteps(doc []byte, steps []patchStep) ([]byte, error) {
	root, err := decodeJSON(doc)
	if err != nil {
		return nil, err
	}
	room := maxCopied
	for i, st := range steps {
		var value any
		switch st.Op {
		case "move", "copy":
			var ok bool
			if value, ok = lookup(root, pointer(*st.From)); !ok {
				return nil, cannot(i, "there is nothing at from")
			}
			if st.Op == "move" {
				if *st.Path == *st.From {
					continue
				}
				if strings.HasPrefix(*st.Path, *st.From+"/") {
					return nil, cannot(i, "a value cannot be moved into itself")
				}
				if root, ok = edit(root, pointer(*st.From), "remove", nil); !ok {
					return nil, cannot(i, "there is nothing at from")
				}
			} else {
				if room -= sizeOf(value, room); room <= 0 {
					return nil, cannot(i, "the patch copies more than it may")
				}
				value = cloneJSON(value)
			}
		case "add", "replace", "test":
			if value, err = decodeJSON(st.Value); err != nil {
				return nil, cannot(i, "the value is not JSON")
			}
		}
		if st.Op == "test" {
			if have, ok := lookup(root, pointer(*st.Path)); !ok || !reflect.DeepEqual(have, value) {
				return nil, cannot(i, "the test fails")
			}
			continue
		}
		op := st.Op
		if op == "move" || op == "copy" {
			op = "add"
		}
		var ok bool
		if root, ok = edit(root, pointer(*st.Path), op, value); !ok {
			return nil, cannot(i, "there is nothing at the path")
		}
	}
	return json.Marshal(root)
}

func decodeJSON(b []byte) (v any, err error) {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	err = dec.Decode(&v)
	return v, err
}

// maxCopied bounds what the copies of a patch may add, in bytes: a few dozen that
// copy a value into itself would fill any memory.
const maxCopied = 32 << 20

// sizeOf is about how many bytes a value takes, counted no further than most.
func sizeOf(v any, most int) int {
	n := 8
	switch v := v.(type) {
	case string:
		n += len(v)
	case json.Number:
		n += len(v)
	case map[string]any:
		for k, item := range v {
			if n > most {
				break
			}
			n += len(k) + sizeOf(item, most-n)
		}
	case []any:
		for _, item := range v {
			if n > most {
				break
			}
			n += sizeOf(item, most-n)
		}
	}
	return n
}

func cloneJSON(v any) any {
	switch v := v.(type) {
	case map[string]any:
		c := make(map[string]any, len(v))
		for k, item := range v {
			c[k] = cloneJSON(item)
		}
		return c
	case []any:
		c := make([]any, len(v))
		for i, item := range v {
			c[i] = cloneJSON(item)
		}
		return c
	}
	return v
}

// pointer splits a JSON Pointer (RFC 6901).
func pointer(path string) []string {
	if path == "" {
		return nil
	}
	parts := strings.Split(path[1:], "/")
	for i, p := range parts {
		parts[i] = strings.ReplaceAll(strings.ReplaceAll(p, "~1", "/"), "~0", "~")
	}
	return parts
}

// index is a place in an array of n items; - is its end, which only add may name.
func index(part string, n int, add bool) (int, bool) {
	if part == "-" {
		return n, add
	}
	i, err := strconv.Atoi(part)
	if err != nil || i < 0 || strconv.Itoa(i) != part || i > n || i == n && !add {
		return 0, false
	}
	return i, true
}

func lookup(v any, path []string) (any, bool) {
	for _, part := range path {
		switch at := v.(type) {
		case map[string]any:
			item, ok := at[part]
			if !ok {
				return nil, false
			}
			v = item
		case []any:
			i, ok := index(part, len(at), false)
			if !ok {
				return nil, false
			}
			v = at[i]
		default:
			return nil, false
		}
	}
	return v, true
}

// edit adds, replaces or removes the value at a path and gives the value that now
// stands where v stood.
func edit(v any, path []string, op string, value any) (any, bool) {
	if len(path) == 0 {
		return value, op != "remove"
	}
	switch at := v.(type) {
	case map[string]any:
		item, exists := at[path[0]]
		if len(path) > 1 {
			changed, ok := edit(item, path[1:], op, value)
			if exists && ok {
				at[path[0]] = changed
			}
			return at, exists && ok
		}
		if op == "remove" {
			delete(at, path[0])
		} else if op == "add" || exists {
			at[path[0]] = value
		}
		return at, exists || op == "add"
	case []any:
		i, ok := index(path[0], len(at), op == "add" && len(path) == 1)
		switch {
		case !ok:
			return at, false
		case len(path) > 1:
			at[i], ok = edit(at[i], path[1:], op, value)
			return at, ok
		case op == "add":
			return slices.Insert(at, i, value), true
		case op == "remove":
			return slices.Delete(at, i, i+1), true
		}
		at[i] = value
		return at, true
	}
	return v, false
}
