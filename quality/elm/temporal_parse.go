// SPDX-License-Identifier: Apache-2.0

package elm

// ParseDate reads YYYY, YYYY-MM or YYYY-MM-DD.
func ParseDate(s string) (Temporal, bool) {
	p := reader{s: s}
	t, ok := p.date()
	return t, ok && p.done()
}

// ParseDateTime reads a date, then Thh, Thh:mm, Thh:mm:ss or Thh:mm:ss.fff, then Z or
// an offset. A value without an offset has the given one (minutes east of UTC).
// Digits after the millisecond are cut off.
func ParseDateTime(s string, offset int16) (Temporal, bool) {
	p := reader{s: s}
	t, ok := p.date()
	if !ok {
		return t, false
	}
	t = t.asDateTime(offset)
	if !p.take('T') || p.done() {
		return t, p.done()
	}
	if t.prec != Day {
		return t, false
	}
	if ok = p.clock(&t); !ok {
		return t, false
	}
	if p.take('Z') {
		t.offset = 0
	} else if !p.done() {
		sign := int16(1)
		if p.take('-') {
			sign = -1
		} else if !p.take('+') {
			return t, false
		}
		h, ok1 := p.number(2)
		ok2 := p.take(':')
		m, ok3 := p.number(2)
		if !ok1 || !ok2 || !ok3 || h > 14 || m > 59 {
			return t, false
		}
		t.offset = sign * int16(h*60+m)
	}
	return t, p.done() && t.inRange()
}

// ParseTime reads hh, hh:mm, hh:mm:ss or hh:mm:ss.fff, with an optional T before it.
func ParseTime(s string) (Temporal, bool) {
	p := reader{s: s}
	p.take('T')
	t := Temporal{kind: timeKind}
	return t, p.clock(&t) && p.done()
}

// reader reads digits and marks of a text.
type reader struct {
	s string
	i int
}

func (p *reader) done() bool { return p.i == len(p.s) }

func (p *reader) take(c byte) bool {
	if p.i < len(p.s) && p.s[p.i] == c {
		p.i++
		return true
	}
	return false
}

func (p *reader) number(width int) (n int, ok bool) {
	if p.i+width > len(p.s) {
		return 0, false
	}
	for k := 0; k < width; k++ {
		c := p.s[p.i+k]
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	p.i += width
	return n, true
}

func (p *reader) date() (Temporal, bool) {
	y, ok := p.number(4)
	if !ok || y < 1 {
		return Temporal{}, false
	}
	if !p.take('-') {
		return NewDate(y, 1, 1, Year), true
	}
	m, ok := p.number(2)
	if !ok || m < 1 || m > 12 {
		return Temporal{}, false
	}
	if !p.take('-') {
		return NewDate(y, m, 1, Month), true
	}
	d, ok := p.number(2)
	if !ok || d < 1 || d > daysInMonth(y, m) {
		return Temporal{}, false
	}
	return NewDate(y, m, d, Day), true
}

// clock adds a time of day to t.
func (p *reader) clock(t *Temporal) bool {
	h, ok := p.number(2)
	if !ok || h > 23 {
		return false
	}
	t.ms, t.prec = t.ms+int64(h)*msHour, Hour
	if !p.take(':') {
		return true
	}
	m, ok := p.number(2)
	if !ok || m > 59 {
		return false
	}
	t.ms, t.prec = t.ms+int64(m)*msMinute, Minute
	if !p.take(':') {
		return true
	}
	s, ok := p.number(2)
	if !ok || s > 59 {
		return false
	}
	t.ms, t.prec = t.ms+int64(s)*msSecond, Second
	if !p.take('.') {
		return true
	}
	t.prec = Millisecond
	start := p.i
	for weight := int64(100); p.i < len(p.s) && p.s[p.i] >= '0' && p.s[p.i] <= '9'; p.i++ {
		t.ms += int64(p.s[p.i]-'0') * weight
		weight /= 10
	}
	return p.i > start && p.i-start <= 12
}
