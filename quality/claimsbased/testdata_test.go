// SPDX-License-Identifier: Apache-2.0

package claimsbased

// invented is a single-source file of our own: three numbers that have a way of
// counting, with conditions and codes made up from HCPCS Level II.
const invented = `{
 "001": {"measureId": "001",
  "eligibilityOptions": [{"optionGroup": "00", "diagnosisCodes": ["E11.9"], "minAge": 18, "maxAge": 75,
    "procedureCodes": [{"code": "G0463", "modifierExclusions": ["GT"], "placesOfServiceExclusions": ["02"]}]}],
  "performanceOptions": [
   {"optionGroup": "00", "optionType": "performanceMet", "qualityCodes": [{"code": "G9999"}]},
   {"optionGroup": "00", "optionType": "performanceNotMet", "qualityCodes": [{"code": "G9998"}]},
   {"optionGroup": "00", "optionType": "eligiblePopulationExclusion", "qualityCodes": [{"code": "G9997"}]}]},
 "112": {"measureId": "112",
  "eligibilityOptions": [{"optionGroup": "00", "minAge": 41, "maxAge": 74, "sexCode": "F", "diagnosisExclusionCodes": ["Z90.13"],
    "procedureCodes": [{"code": "G0463"}, {"code": "G0402"}]}],
  "performanceOptions": [
   {"optionGroup": "00", "optionType": "performanceMet", "qualityCodes": [{"code": "G8001"}]},
   {"optionGroup": "00", "optionType": "eligiblePopulationException", "qualityCodes": [{"code": "G8001", "modifiers": ["1P", "2P"]}]},
   {"optionGroup": "00", "optionType": "performanceNotMet", "qualityCodes": [{"code": "G8001", "modifiers": ["8P"]}]}]},
 "145": {"measureId": "145",
  "eligibilityOptions": [{"optionGroup": "00", "procedureCodes": [{"code": "G0500"}]}],
  "performanceOptions": [
   {"optionGroup": "00", "optionType": "performanceMet", "qualityCodes": [{"code": "G7001"}, {"code": "G7002"}]},
   {"optionGroup": "00", "optionType": "performanceNotMet", "qualityCodes": [{"code": "G7003"}]}]},
 "226": {"measureId": "226",
  "eligibilityOptions": [
   {"optionGroup": "00", "minAge": 12, "procedureCodes": [{"code": "G0463"}]},
   {"optionGroup": "01", "minAge": 12, "procedureCodes": [{"code": "G0463"}]}],
  "performanceOptions": [
   {"optionGroup": "00", "optionType": "performanceMet", "qualityCodes": [{"code": "G6001"}]},
   {"optionGroup": "01", "optionType": "performanceMet", "qualityCodes": [{"code": "G6001"}, {"code": "G6002"}]}]}
}`
