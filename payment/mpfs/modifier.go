// SPDX-License-Identifier: Apache-2.0

package mpfs

// modifiers is the set of a line's modifiers that matter to its price.
type modifiers uint64

const (
	m22 modifiers = 1 << iota
	m24
	m25
	m26
	m50
	m52
	m53
	m54
	m55
	m56
	m57
	m58
	m59 // or XE: a separate session
	m62
	m66
	m78
	m79
	m80 // or 81, 82
	mAA
	mAD
	mAQ
	mAS
	mCO // or CQ: a therapy assistant
	mGY
	mGZ
	mLT
	mQK // or QY, QX: medically directed
	mQZ
	mRT
	mTC
)

// assisting modifiers make the line an assistant's at surgery.
const assisting = m80 | mAS

func (m modifiers) has(any modifiers) bool { return m&any != 0 }

func parseModifiers(list *[4]string) (m modifiers) {
	for _, s := range list {
		if len(s) != 2 {
			continue
		}
		switch uint16(s[0])<<8 | uint16(s[1]) {
		case '2'<<8 | '2':
			m |= m22
		case '2'<<8 | '4':
			m |= m24
		case '2'<<8 | '5':
			m |= m25
		case '2'<<8 | '6':
			m |= m26
		case '5'<<8 | '0':
			m |= m50
		case '5'<<8 | '2':
			m |= m52
		case '5'<<8 | '3':
			m |= m53
		case '5'<<8 | '4':
			m |= m54
		case '5'<<8 | '5':
			m |= m55
		case '5'<<8 | '6':
			m |= m56
		case '5'<<8 | '7':
			m |= m57
		case '5'<<8 | '8':
			m |= m58
		case '5'<<8 | '9', 'X'<<8 | 'E':
			m |= m59
		case '6'<<8 | '2':
			m |= m62
		case '6'<<8 | '6':
			m |= m66
		case '7'<<8 | '8':
			m |= m78
		case '7'<<8 | '9':
			m |= m79
		case '8'<<8 | '0', '8'<<8 | '1', '8'<<8 | '2':
			m |= m80
		case 'A'<<8 | 'A':
			m |= mAA
		case 'A'<<8 | 'D':
			m |= mAD
		case 'A'<<8 | 'Q':
			m |= mAQ
		case 'A'<<8 | 'S':
			m |= mAS
		case 'C'<<8 | 'O', 'C'<<8 | 'Q':
			m |= mCO
		case 'G'<<8 | 'Y':
			m |= mGY
		case 'G'<<8 | 'Z':
			m |= mGZ
		case 'L'<<8 | 'T':
			m |= mLT
		case 'Q'<<8 | 'K', 'Q'<<8 | 'Y', 'Q'<<8 | 'X':
			m |= mQK
		case 'Q'<<8 | 'Z':
			m |= mQZ
		case 'R'<<8 | 'T':
			m |= mRT
		case 'T'<<8 | 'C':
			m |= mTC
		}
	}
	return m
}
