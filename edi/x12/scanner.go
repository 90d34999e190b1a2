// SPDX-License-Identifier: Apache-2.0

package x12

import (
	"bytes"
	"fmt"
	"io"
)

// Limits bound what a Scanner holds in memory. A zero field takes its default.
type Limits struct {
	// Segment is the longest segment accepted, in bytes. Default 1 MB.
	Segment int
	// Binary is the longest BIN or BDS segment accepted. Default 16 MB.
	Binary int
}

func (l Limits) withDefaults() Limits {
	if l.Segment <= 0 {
		l.Segment = 1 << 20
	}
	if l.Binary <= 0 {
		l.Binary = 16 << 20
	}
	return l
}

// scanBlock is how much is read at a time.
const scanBlock = 256 << 10

// Scanner splits a stream into segments without copying them. It finds the
// delimiters of each interchange itself, forgives a byte order mark, blanks and
// any habit of line breaks around segments, and takes BIN and BDS segments by
// their length. It never holds more than one segment and one block.
type Scanner struct {
	r      io.Reader
	limits Limits
	issue  func(Issue)

	buf         []byte
	pos         int   // start of the unread part of buf
	base        int64 // file offset of buf[0]
	eof         bool
	err         error
	inside      bool // an interchange is open
	seen        bool // some interchange was found
	done        bool
	delims      Delimiters
	seg         []byte
	segOffset   int64
	opened      bool
	terminated  bool
	headerFault string // what is wrong with the ISA just read, which is of no fixed width
}

// NewScanner reads from r. issue is called for each fault that the scanner finds;
// it may be nil.
func NewScanner(r io.Reader, limits Limits, issue func(Issue)) *Scanner {
	if issue == nil {
		issue = func(Issue) {}
	}
	return &Scanner{r: r, limits: limits.withDefaults(), issue: issue}
}

// Bytes is the segment that Scan found, without its terminator. It is valid until
// the next call of Scan.
func (s *Scanner) Bytes() []byte { return s.seg }

// Offset is the file offset of the segment's first byte.
func (s *Scanner) Offset() int64 { return s.segOffset }

// Read is how many bytes of the file lie behind the scanner.
func (s *Scanner) Read() int64 { return s.base + int64(s.pos) }

// Opened tells whether the segment is an ISA, which may have set other delimiters.
func (s *Scanner) Opened() bool { return s.opened }

// Delimiters are those of the interchange that the segment stands in.
func (s *Scanner) Delimiters() Delimiters { return s.delims }

// Terminated is false for a last segment that ends with the file and not with a
// terminator.
func (s *Scanner) Terminated() bool { return s.terminated }

// Err is the error of the underlying reader that ended the scan, or nil.
func (s *Scanner) Err() error { return s.err }

// Scan moves to the next segment. It is false at the end of the file, after a read
// error, and after a fault that makes the rest unreadable.
func (s *Scanner) Scan() bool {
	s.opened, s.headerFault = false, ""
	if s.done || !s.skipBlanks() {
		return s.finish()
	}
	if !s.inside || s.atISA() {
		return s.scanISA()
	}
	s.segOffset = s.base + int64(s.pos)
	if s.atBinary() {
		return s.scanBinary()
	}
	return s.scanSegment(s.limits.Segment)
}

// fill reads more, keeping the unread part; false if no byte came.
func (s *Scanner) fill() bool {
	if s.eof || s.err != nil {
		return false
	}
	if s.pos > 0 {
		n := copy(s.buf, s.buf[s.pos:])
		s.base += int64(s.pos)
		s.buf, s.pos = s.buf[:n], 0
	}
	if cap(s.buf)-len(s.buf) < scanBlock/2 {
		grown := make([]byte, len(s.buf), max(scanBlock, 2*cap(s.buf)))
		copy(grown, s.buf)
		s.buf = grown
	}
	for tries := 0; ; tries++ {
		n, err := s.r.Read(s.buf[len(s.buf):cap(s.buf)])
		s.buf = s.buf[:len(s.buf)+n]
		switch {
		case err == io.EOF:
			s.eof = true
		case err != nil:
			s.err = err
		case n == 0 && tries > 100:
			s.err = io.ErrNoProgress
		case n == 0:
			continue
		}
		return n > 0
	}
}

// need makes n unread bytes available; false if the file ends before.
func (s *Scanner) need(n int) bool {
	for len(s.buf)-s.pos < n {
		if !s.fill() {
			return false
		}
	}
	return true
}

func (s *Scanner) skipBlanks() bool {
	for {
		for s.pos < len(s.buf) {
			switch c := s.buf[s.pos]; {
			case s.inside && c == s.delims.Segment:
				if c != '\n' && c != '\r' { // an empty segment is for the reader to judge
					return true
				}
			case c == ' ' || c == '\n' || c == '\r' || c == '\t':
			case c == 0xEF && !s.inside && s.need(3) && bytes.Equal(s.buf[s.pos:s.pos+3], []byte("\xEF\xBB\xBF")):
				s.pos += 2
			default:
				return true
			}
			s.pos++
		}
		if !s.fill() {
			return false
		}
	}
}

func (s *Scanner) atISA() bool {
	if s.pos+4 > len(s.buf) {
		s.need(4)
	}
	b := s.buf[s.pos:]
	return len(b) >= 4 && b[0] == 'I' && b[1] == 'S' && b[2] == 'A' && !alphanumeric(b[3])
}

func (s *Scanner) scanISA() bool {
	s.segOffset = s.base + int64(s.pos)
	s.need(512)
	b := s.buf[s.pos:]
	if !s.atISA() {
		return s.noISA(b)
	}
	d, err := parseISA(b)
	if err != nil {
		var n int
		if d, n = looseISA(b); n == 0 {
			s.fault("ISA.structure", "022", err.Error(),
				"send an ISA segment of 105 characters and its terminator, every element padded to its width", false)
			s.inside = false
			s.pos += 3
			return s.resync()
		}
		s.headerFault = err.Error()
		s.delims, s.seg = d, b[:n]
		s.pos += n + 1
	} else {
		s.delims, s.seg = d, b[:isaLength-1]
		s.pos += isaLength
	}
	s.inside, s.seen, s.opened, s.terminated = true, true, true, true
	return true
}

// looseISA finds the delimiters of an ISA whose elements are not padded.
func looseISA(b []byte) (Delimiters, int) {
	b = b[:min(len(b), 256)]
	sep, at := b[3], 3
	for i := 1; i < 16; i++ {
		n := bytes.IndexByte(b[at+1:], sep)
		if n < 0 || n > 20 {
			return Delimiters{}, 0
		}
		at += n + 1
	}
	if at+2 >= len(b) || alphanumeric(b[at+1]) || alphanumeric(b[at+2]) {
		return Delimiters{}, 0
	}
	d := Delimiters{Element: sep, Component: b[at+1], Segment: b[at+2]}
	if d.Segment == d.Element || d.Component == d.Element || d.Component == d.Segment {
		return Delimiters{}, 0
	}
	return d, at + 2
}

// noISA says what stands where an interchange should begin, and looks for one
// further on.
func (s *Scanner) noISA(b []byte) bool {
	message, remedy := "text that belongs to no interchange", "send nothing between IEA and the next ISA"
	if !s.seen {
		message, remedy = foreign(b)
	}
	s.fault("file.noISA", "022", message, remedy, false)
	s.seen = true
	return s.resync()
}

func foreign(b []byte) (message, remedy string) {
	head := bytes.ToLower(b[:min(len(b), 64)])
	switch {
	case bytes.HasPrefix(head, []byte("<!doctype")) || bytes.HasPrefix(head, []byte("<html")):
		return "this is an HTML page, not an X12 file", "fetch the file again; the sender's site may have answered with a login or error page"
	case head[0] == '<':
		return "this is an XML file, not an X12 file", "send the X12 form of the file"
	case head[0] == '{' || head[0] == '[':
		return "this is a JSON file, not an X12 file", "send the X12 form of the file"
	case bytes.HasPrefix(head, []byte("pk\x03\x04")) || bytes.HasPrefix(head, []byte("\x1f\x8b")):
		return "this is a compressed file, not an X12 file", "unpack it first"
	case bytes.HasPrefix(head, []byte("%pdf")):
		return "this is a PDF file, not an X12 file", "send the X12 form of the file"
	case bytes.HasPrefix(head, []byte("msh")):
		return "this is an HL7 version 2 message, not an X12 file", "send it to the HL7 reader"
	case bytes.HasPrefix(head, []byte("una")) || bytes.HasPrefix(head, []byte("unb")):
		return "this is an EDIFACT file, not an X12 file", "send the X12 form of the file"
	case bytes.IndexByte(head, 0) >= 0:
		return "this is a binary file, or text in UTF-16, not an X12 file", "send plain ASCII or UTF-8 text"
	}
	return "the file does not begin with an ISA segment", "send a whole interchange, from ISA to IEA"
}

// resync drops text up to the next ISA that can be read.
func (s *Scanner) resync() bool {
	for {
		b := s.buf[s.pos:]
		i := bytes.Index(b, []byte("ISA"))
		if i < 0 {
			s.pos += max(0, len(b)-2)
			if !s.fill() {
				s.pos = len(s.buf)
				return s.finish()
			}
			continue
		}
		s.pos += i
		s.need(isaLength)
		if _, err := parseISA(s.buf[s.pos:]); err == nil {
			return s.scanISA()
		}
		s.pos += 3
	}
}

// scanSegment takes text up to the terminator.
func (s *Scanner) scanSegment(limit int) bool {
	searched := 0
	for {
		b := s.buf[s.pos:]
		if i := bytes.IndexByte(b[searched:], s.delims.Segment); i >= 0 {
			s.seg = b[:searched+i]
			s.pos += searched + i + 1
			s.terminated = true
			if s.delims.Segment == '\n' && len(s.seg) > 0 && s.seg[len(s.seg)-1] == '\r' {
				s.seg = s.seg[:len(s.seg)-1]
			}
			if len(s.seg) >= 3 && s.seg[0] == 'I' && s.seg[1] == 'E' && s.seg[2] == 'A' {
				s.inside = false
			}
			return true
		}
		searched = len(b)
		if searched > limit {
			s.fault("segment.length", "004", fmt.Sprintf("no segment terminator %q within %d bytes", s.delims.Segment, limit),
				"check the terminator at byte 106 of the ISA; reading stops here", false)
			s.done = true
			return false
		}
		if !s.fill() {
			s.seg = bytes.TrimRight(s.buf[s.pos:], " \r\n\t\x1a")
			s.pos = len(s.buf)
			s.terminated = false
			if bytes.HasPrefix(s.seg, []byte("IEA")) { // the file's last terminator is often lost
				s.inside = false
			}
			return len(s.seg) > 0 || s.finish()
		}
	}
}

func (s *Scanner) atBinary() bool {
	if s.pos+4 > len(s.buf) {
		s.need(4)
	}
	b := s.buf[s.pos:]
	return len(b) >= 4 && b[0] == 'B' && b[3] == s.delims.Element &&
		(b[1] == 'I' && b[2] == 'N' || b[1] == 'D' && b[2] == 'S')
}

// scanBinary takes a BIN (length first) or BDS (filter, then length) by its length.
func (s *Scanner) scanBinary() bool {
	s.need(64)
	b := s.buf[s.pos:]
	at, skip := 4, 0
	if b[1] == 'D' {
		skip = 1
	}
	for ; skip > 0; skip-- {
		i := bytes.IndexByte(b[at:], s.delims.Element)
		if i < 0 {
			return s.scanSegment(s.limits.Segment)
		}
		at += i + 1
	}
	n, digits := 0, 0
	for at < len(b) && b[at] >= '0' && b[at] <= '9' && digits < 12 {
		n, at, digits = n*10+int(b[at]-'0'), at+1, digits+1
	}
	if digits == 0 || at >= len(b) || b[at] != s.delims.Element {
		s.binaryFault("has no length")
		return s.scanSegment(s.limits.Binary)
	}
	end := at + 1 + n
	if end > s.limits.Binary {
		s.binaryFault(fmt.Sprintf("says it has %d bytes, more than the %d that are accepted", n, s.limits.Binary))
		return s.scanSegment(s.limits.Binary)
	}
	if !s.need(end+1) || s.buf[s.pos+end] != s.delims.Segment {
		s.binaryFault(fmt.Sprintf("says it has %d bytes, but no segment terminator follows them", n))
		return s.scanSegment(s.limits.Binary)
	}
	s.seg = s.buf[s.pos : s.pos+end]
	s.pos += end + 1
	s.terminated = true
	return true
}

func (s *Scanner) binaryFault(what string) {
	id := string(s.buf[s.pos : s.pos+3])
	element := 1
	if id == "BDS" {
		element = 2
	}
	s.issue(Issue{Level: ElementLevel, Rule: "X12." + id + ".length", Code: "7", Segment: id, Element: element,
		DataElement: 784, Offset: s.segOffset, Message: "the binary segment " + what,
		Remedy: "give the exact number of bytes of the binary data"})
}

func (s *Scanner) fault(rule, code, message, remedy string, warning bool) {
	s.issue(Issue{Level: Interchange, Rule: "X12." + rule, Code: code, Offset: s.base + int64(s.pos),
		Message: message, Remedy: remedy, Warning: warning})
}

// finish ends the scan, and says so if there was nothing to scan.
func (s *Scanner) finish() bool {
	if !s.done && !s.seen && s.err == nil {
		s.fault("file.empty", "022", "the file is empty", "send a whole interchange, from ISA to IEA", false)
	}
	s.done = true
	return false
}
