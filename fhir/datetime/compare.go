// SPDX-License-Identifier: Apache-2.0

package datetime

// Compare orders two values as FHIRPath does: component by component, in UTC if
// both have a zone. ok is false if that cannot be said: they agree as far as
// both are known but one is known further, or only one has a zone and the day
// hangs on it. Seconds and their fraction are one component.
func Compare(a, b DateTime) (order int, ok bool) {
	if a.Clock != b.Clock {
		return 0, false
	}
	if a.Zoned != b.Zoned && a.Precision >= Hour && b.Precision >= Hour {
		return compareLoose(a, b)
	}
	if a.Zoned && b.Zoned && a.Offset != b.Offset {
		a, b = a.UTC(), b.UTC()
	}
	coarse := min(a.Precision, b.Precision)
	for p := Year; p <= min(coarse, Second); p++ {
		if x, y := a.part(p), b.part(p); x != y {
			return sign(x - y), true
		}
	}
	if coarse >= Second {
		return sign(int(a.Nano) - int(b.Nano)), true
	}
	return 0, a.Precision == b.Precision
}

// compareLoose orders a value with a zone and one without: they are ordered if
// they are however the unknown zone, of UTC-12 to UTC+14, is chosen.
func compareLoose(a, b DateTime) (int, bool) {
	west, east := &a, &a
	if a.Zoned {
		west, east = &b, &b
	}
	lo, hi := *east, *west
	lo.Zoned, lo.Offset = true, 14*60
	hi.Zoned, hi.Offset = true, -12*60
	x, y, okX, okY := 0, 0, false, false
	if a.Zoned {
		x, okX = Compare(a, lo)
		y, okY = Compare(a, hi)
	} else {
		x, okX = Compare(lo, b)
		y, okY = Compare(hi, b)
	}
	if okX && okY && x == y && x != 0 {
		return x, true
	}
	return 0, false
}

func (d *DateTime) part(p Precision) int {
	switch p {
	case Year:
		return int(d.Year)
	case Month:
		return int(d.Month)
	case Day:
		return int(d.Day)
	case Hour:
		return int(d.Hour)
	case Minute:
		return int(d.Minute)
	}
	return int(d.Second)
}

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

// UTC is the same instant in UTC, as precise as before. A value without zone
// stays as it is.
func (d DateTime) UTC() DateTime {
	if !d.Zoned || d.Offset == 0 {
		return d
	}
	offset := int(d.Offset)
	d.Offset = 0
	d.addMinutes(-offset)
	return d
}

// addMinutes moves the whole value, whatever its precision.
func (d *DateTime) addMinutes(n int) {
	total := int(d.Hour)*60 + int(d.Minute) + n
	days := total / (24 * 60)
	if total %= 24 * 60; total < 0 {
		total += 24 * 60
		days--
	}
	d.Hour, d.Minute = uint8(total/60), uint8(total%60)
	if !d.Clock {
		d.addDays(days)
	}
}

// addDays moves the date, by the proleptic Gregorian calendar.
func (d *DateTime) addDays(n int) {
	if n == 0 {
		return
	}
	// Days since 0000-03-01, counted in years that start in March, and back.
	y, m := int(d.Year), int(d.Month)
	if m <= 2 {
		y--
		m += 12
	}
	day := y*365 + y/4 - y/100 + y/400 + (153*(m-3)+2)/5 + int(d.Day) - 1 + n
	day = max(day, 0)
	era := day / 146097
	doe := day % 146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	d.Day = uint8(doy - (153*mp+2)/5 + 1)
	year := yoe + era*400
	if m = mp + 3; m > 12 {
		m -= 12
		year++
	}
	d.Month, d.Year = uint8(m), int16(min(year, 32767))
}

// Add moves the value by n units of a precision, Year to Fraction (Fraction
// means milliseconds). A month end stays in its month: 31 January and one month
// is the last of February. Units finer than the value's precision move it by as
// many whole units of its own as they fill. ok is false if the result leaves
// the years 1 to 9999.
func (d DateTime) Add(n int64, unit Precision) (sum DateTime, ok bool) {
	const most = 1 << 40
	if n > most || n < -most {
		if !d.Clock {
			return d, false
		}
	}
	if !d.Clock && unit > d.Precision && d.Precision < Day {
		n, unit = coarser(n, unit, d.Precision)
	}
	switch unit {
	case Year:
		return d.addMonths(n * 12)
	case Month:
		return d.addMonths(n)
	}
	ms := n * map[Precision]int64{Day: 86_400_000, Hour: 3_600_000, Minute: 60_000, Second: 1000, Fraction: 1}[unit]
	if grain := map[Precision]int64{Day: 86_400_000, Hour: 3_600_000, Minute: 60_000, Second: 1000}[d.Precision]; grain > 0 {
		ms = ms / grain * grain
	}
	clock := ((int64(d.Hour)*60+int64(d.Minute))*60+int64(d.Second))*1000 + int64(d.Nano)/1e6 + ms
	days := clock / 86_400_000
	if clock %= 86_400_000; clock < 0 {
		clock += 86_400_000
		days--
	}
	d.Nano = int32(clock%1000)*1e6 + d.Nano%1e6
	clock /= 1000
	d.Second, d.Minute, d.Hour = uint8(clock%60), uint8(clock/60%60), uint8(clock/3600)
	if d.Clock {
		return d, true
	}
	if days > 4_000_000 || days < -4_000_000 {
		return d, false
	}
	d.addDays(int(days))
	return d, d.Year >= 1 && d.Year <= 9999
}

// coarser turns n units into whole units of a year or a month, which FHIRPath
// counts as 12 months and 365 days, and 30 days.
func coarser(n int64, unit, to Precision) (int64, Precision) {
	days := n
	switch unit {
	case Month:
		return n / 12, Year
	case Hour:
		days = n / 24
	case Minute:
		days = n / (24 * 60)
	case Second:
		days = n / 86_400
	case Fraction:
		days = n / 86_400_000
	}
	if to == Year {
		return days / 365, Year
	}
	return days / 30, Month
}

func (d DateTime) addMonths(n int64) (DateTime, bool) {
	if d.Clock {
		return d, false
	}
	months := int64(d.Year)*12 + n
	if d.Precision >= Month {
		months += int64(d.Month) - 1
	}
	y := months / 12
	if months < 12 || y > 9999 {
		return d, false
	}
	d.Year = int16(y)
	if d.Precision >= Month {
		d.Month = uint8(months%12) + 1
	}
	if d.Precision >= Day {
		d.Day = uint8(min(int(d.Day), DaysIn(int(d.Year), int(d.Month))))
	}
	return d, true
}

// Date is the value without its time and zone.
func (d DateTime) Date() DateTime {
	return DateTime{Year: d.Year, Month: d.Month, Day: d.Day, Precision: min(d.Precision, Day)}
}
