// SPDX-License-Identifier: Apache-2.0

package ipps

import "fmt"

// members calls fn with every member of an object, without copying. The text has
// passed json.Valid, so only its kind needs a look.
func members(object []byte, fn func(name string, value []byte) error) error {
	i := space(object, 0)
	if i >= len(object) || object[i] != '{' {
		return fmt.Errorf("not an object")
	}
	for i = space(object, i+1); i < len(object) && object[i] != '}'; {
		end := skip(object, i)
		name := string(object[i+1 : end-1])
		i = space(object, end) // the colon
		i = space(object, i+1) // the value
		end = skip(object, i)
		if err := fn(name, object[i:end]); err != nil {
			return err
		}
		i = next(object, end)
	}
	return nil
}

// elements calls fn with every element of an array; null is an empty one.
func elements(array []byte, fn func(i int, value []byte) error) error {
	if isNull(array) {
		return nil
	}
	i := space(array, 0)
	if i >= len(array) || array[i] != '[' {
		return fmt.Errorf("not a list")
	}
	n := 0
	for i = space(array, i+1); i < len(array) && array[i] != ']'; n++ {
		end := skip(array, i)
		if err := fn(n, array[i:end]); err != nil {
			return err
		}
		i = next(array, end)
	}
	return nil
}

// space is the place of the next byte that is no white space.
func space(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\t' || b[i] == '\n' || b[i] == '\r') {
		i++
	}
	return i
}

// next goes behind a comma, if there is one.
func next(b []byte, i int) int {
	if i = space(b, i); i < len(b) && b[i] == ',' {
		i = space(b, i+1)
	}
	return i
}

// skip is the end of the value that starts at i.
func skip(b []byte, i int) int {
	depth := 0
	for ; i < len(b); i++ {
		switch b[i] {
		case '"':
			for i++; b[i] != '"'; i++ {
				if b[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			depth++
			continue
		case '}', ']':
			depth--
		case ',', ':', ' ', '\t', '\n', '\r':
			continue
		default:
			for i+1 < len(b) && b[i+1] != ',' && b[i+1] != '}' && b[i+1] != ']' && b[i+1] > ' ' {
				i++
			}
		}
		if depth == 0 {
			return i + 1
		}
	}
	return i
}
