// SPDX-License-Identifier: Apache-2.0

package claim837

import (
	"strings"
	"sync"

	"github.com/woodlawn-health/woodlawn/edi/x12"
)

// What a loop means, whichever its number in the guides.
const (
	loopOther = iota
	loopReceiver
	loopSubmitter
	loopBillingLevel
	loopBilling
	loopPayTo
	loopPayToPlan
	loopSubscriberLevel
	loopSubscriber
	loopPayer
	loopPatientLevel
	loopPatient
	loopClaim
	loopClaimProvider
	loopOtherPayer
	loopOtherSubscriber
	loopOtherPayerName
	loopLine
	loopDrug
	loopLineProvider
	loopAdjudication
)

var loopMeaning = map[string]int{
	"1000A": loopSubmitter, "1000B": loopReceiver,
	"2000A": loopBillingLevel, "2010AA": loopBilling, "2010AB": loopPayTo, "2010AC": loopPayToPlan,
	"2000B": loopSubscriberLevel, "2010BA": loopSubscriber, "2010BB": loopPayer,
	"2000C": loopPatientLevel, "2010CA": loopPatient,
	"2300": loopClaim, "2320": loopOtherPayer, "2330A": loopOtherSubscriber, "2330B": loopOtherPayerName,
	"2400": loopLine, "2410": loopDrug, "2430": loopAdjudication,
}

// Segments that are mapped.
const (
	segOther = iota
	segHL
	segNM1
	segN3
	segN4
	segREF
	segPER
	segPRV
	segSBR
	segPAT
	segDMG
	segCLM
	segDTP
	segCL1
	segPWK
	segAMT
	segK3
	segNTE
	segCR1
	segCR2
	segCRC
	segHI
	segCAS
	segOI
	segMOA
	segLX
	segSV1
	segSV2
	segMEA
	segQTY
	segLIN
	segCTP
	segSVD
	segSV3
	segTOO
	segDN1
	segDN2
)

var segMeaning = map[string]int{
	"HL": segHL, "NM1": segNM1, "N3": segN3, "N4": segN4, "REF": segREF, "PER": segPER, "PRV": segPRV, "SBR": segSBR,
	"PAT": segPAT, "DMG": segDMG, "CLM": segCLM, "DTP": segDTP, "CL1": segCL1, "PWK": segPWK, "AMT": segAMT, "K3": segK3,
	"NTE": segNTE, "CR1": segCR1, "CR2": segCR2, "CRC": segCRC, "HI": segHI, "CAS": segCAS, "OI": segOI, "MOA": segMOA,
	"LX": segLX, "SV1": segSV1, "SV2": segSV2, "MEA": segMEA, "QTY": segQTY, "LIN": segLIN, "CTP": segCTP, "SVD": segSVD,
	"SV3": segSV3, "TOO": segTOO, "DN1": segDN1, "DN2": segDN2,
}

// tagGuides gives the segments of the guides their meaning, once.
var tagGuides = sync.OnceFunc(func() {
	tag := func(loop, segment string) int {
		l := loopMeaning[loop]
		switch {
		case strings.HasPrefix(loop, "2310"):
			l = loopClaimProvider
		case strings.HasPrefix(loop, "2420"):
			l = loopLineProvider
		}
		return l<<8 | segMeaning[segment]
	}
	x12.Professional().Tag(tag)
	x12.Institutional().Tag(tag)
	x12.Dental().Tag(tag)
})
