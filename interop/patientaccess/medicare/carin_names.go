// SPDX-License-Identifier: Apache-2.0

package medicare

import (
	"strings"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/vbc/rif"
)

// Version 3 of the Beneficiary FHIR Data server names values by the columns of CMS's
// Integrated Data Repository, which are those of CCLF too: as extensions, as code systems and,
// by two code systems, as codes.
const (
	repositoryBase = "https://bluebutton.cms.gov/fhir/"
	repositoryIDs  = "https://bluebutton.cms.gov/identifiers/"
)

// repositoryColumn is the column of the repository that a URI names, empty if it names none.
func repositoryColumn(uri string) string {
	name, ok := strings.CutPrefix(uri, repositoryIDs)
	if rest, base := strings.CutPrefix(uri, repositoryBase); base {
		if name, ok = strings.CutPrefix(rest, "StructureDefinition/"); !ok {
			name, ok = strings.CutPrefix(rest, "CodeSystem/")
		}
	}
	if !ok || strings.ToUpper(name) != name {
		return ""
	}
	return strings.ReplaceAll(name, "-", "_")
}

// namesColumns tells the code systems whose codes are columns of the repository.
func namesColumns(system node.Node) bool {
	return system.Is(repositoryBase+"CodeSystem/Adjudication") || system.Is(repositoryBase+"CodeSystem/Supporting-Information")
}

// claimColumns are RIF's names of columns of the repository and CCLF, of the claim as a whole.
var claimColumns = map[string]string{
	"CLM_MDCR_INSTNL_TOT_CHRG_AMT": "CLM_TOT_CHRG_AMT", "CLM_SBMT_CHRG_AMT": "CLM_TOT_CHRG_AMT", "CLM_TYPE_CD": "NCH_CLM_TYPE_CD",
	"CLM_OPRTNL_IME_AMT": "IME_OP_CLM_VAL_AMT", "CLM_OPRTNL_DSPRTNT_AMT": "DSH_OP_CLM_VAL_AMT",
	"CLM_MDCR_IP_PPS_CPTL_IME_AMT": "CLM_PPS_CPTL_IME_AMT", "CLM_MDCR_IP_PPS_DSPRPRTNT_AMT": "CLM_PPS_CPTL_DSPRPRTNT_SHR_AMT",
	"CLM_HIPPS_UNCOMPD_CARE_AMT": "CLM_UNCOMPD_CARE_PMT_AMT", "BENE_PTNT_STUS_CD": "PTNT_DSCHRG_STUS_CD",
	"CLM_ADMSN_TYPE_CD": "CLM_IP_ADMSN_TYPE_CD", "CLM_ADMSN_SRC_CD": "CLM_SRC_IP_ADMSN_CD", "CLM_MDCR_NPMT_RSN_CD": "CLM_MDCR_NON_PMT_RSN_CD",
	"CLM_NCH_PRMRY_PYR_CD": "NCH_PRMRY_PYR_CD", "CLM_CARR_PMT_DNL_CD": "CARR_CLM_PMT_DNL_CD", "CLM_NCH_WKLY_PROC_DT": "NCH_WKLY_PROC_DT",
	"CLM_CMS_PROC_DT": "FI_CLM_PROC_DT", "CLM_BILL_FAC_TYPE_CD": "CLM_FAC_TYPE_CD", "CLM_BILL_CLSFCTN_CD": "CLM_SRVC_CLSFCTN_TYPE_CD",
	"CLM_BILL_FREQ_CD": "CLM_FREQ_CD",
}

// supplierColumns, revenueColumns and eventColumns are those of lines.
var (
	supplierColumns = map[string]string{"CLM_LINE_CVRD_PD_AMT": "LINE_NCH_PMT_AMT", "CLM_LINE_ALOWD_CHRG_AMT": "LINE_ALOWD_CHRG_AMT",
		"CLM_PRCSG_IND_CD": "LINE_PRCSG_IND_CD", "CLM_PRVDR_SPCLTY_CD": "PRVDR_SPCLTY", "CLM_PRMRY_PYR_CD": "LINE_BENE_PRMRY_PYR_CD",
		"CLM_RNDRG_PRVDR_TAX_NUM": "TAX_NUM"}
	revenueColumns = map[string]string{"CLM_LINE_CVRD_PD_AMT": "REV_CNTR_PMT_AMT_AMT"}
	eventColumns   = map[string]string{"CLM_LINE_BENE_PMT_AMT": "PTNT_PAY_AMT", "CLM_LINE_RX_SRVC_RFRNC_NUM": "RX_SRVC_RFRNC_NUM",
		"CLM_LINE_RX_NUM": "RX_SRVC_RFRNC_NUM", "CLM_DSPNSNG_STUS_CD": "DSPNSNG_STUS_CD", "CLM_DAW_PROD_SLCTN_CD": "DAW_PROD_SLCTN_CD",
		"CLM_CMS_PROC_DT": "PD_DT", "CUR_CLM_UNIQ_ID": "PDE_ID"}
	numberColumns = map[rif.Kind]string{rif.Carrier: "CARR_CLM_CNTL_NUM", rif.DME: "CARR_CLM_CNTL_NUM", rif.PDE: ""}
)

// rename gives columns of the repository their names of RIF. What RIF's own name has said stands.
func (v *values) rename(to map[string]string) {
	for i, name := range v.names {
		if column := to[name]; column != "" && v.texts[i] != "" {
			v.set(column, v.texts[i])
		}
	}
}

// informationColumns are the columns of CARIN's kinds of supporting information.
var informationColumns = map[string]string{"drg": "CLM_DRG_CD", "discharge-status": "PTNT_DSCHRG_STUS_CD", "admtype": "CLM_IP_ADMSN_TYPE_CD",
	"pointoforigin": "CLM_SRC_IP_ADMSN_CD", "dayssupply": "DAYS_SUPLY_NUM", "refillnum": "FILL_NUM", "dawcode": "DAW_PROD_SLCTN_CD"}

// claimTypes are the kinds of file by CMS's claim type code.
var claimTypes = map[string]rif.Kind{"10": rif.HHA, "20": rif.SNF, "30": rif.SNF, "40": rif.Outpatient, "50": rif.Hospice, "60": rif.Inpatient,
	"61": rif.Inpatient, "62": rif.Inpatient, "63": rif.Inpatient, "64": rif.Inpatient, "71": rif.Carrier, "72": rif.Carrier, "81": rif.DME, "82": rif.DME,
	"1": rif.PDE, "2": rif.PDE, "3": rif.PDE, "4": rif.PDE, "01": rif.PDE, "02": rif.PDE, "03": rif.PDE, "04": rif.PDE}

// typeOf is the claim type code of a kind whose claim tells none.
var typeOf = map[rif.Kind]string{rif.HHA: "10", rif.SNF: "20", rif.Outpatient: "40", rif.Hospice: "50", rif.Inpatient: "60", rif.Carrier: "71", rif.DME: "81"}

// billKind is the kind of an institution's claim by facility type and classification (NUBC
// form locator 4, as CMS's claim types divide them), Unknown if they don't tell.
func billKind(bill string) rif.Kind {
	switch bill {
	case "":
		return rif.Unknown
	case "11", "41":
		return rif.Inpatient
	case "18", "21", "28":
		return rif.SNF
	case "32", "33":
		return rif.HHA
	case "81", "82":
		return rif.Hospice
	}
	return rif.Outpatient
}
