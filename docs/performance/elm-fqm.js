// SPDX-License-Identifier: Apache-2.0

// Times fqm-execution on a measure bundle and its test cases, for the comparison in
// elm.md:
//
//   npm install fqm-execution@1.8.6
//   node elm-fqm.js measure-bundle.json.gz cases.ndjson.gz
//
// With a third file it writes there, a line a patient, what became of each clause:
// library, statement, localId and TRUE, FALSE, UNHIT or NA.
const fs = require('fs');
const zlib = require('zlib');
const { Calculator } = require('fqm-execution');

const read = f => {
  const b = fs.readFileSync(f);
  return (f.endsWith('.gz') ? zlib.gunzipSync(b) : b).toString('utf8');
};

(async () => {
  const [bundleFile, casesFile, clausesFile] = process.argv.slice(2);
  const cases = read(casesFile).split('\n').filter(l => l.trim()).map(JSON.parse);
  const report = b => b.entry.map(e => e.resource).find(r => r.resourceType === 'MeasureReport');
  const { start, end } = report(cases[0]).period;
  const patients = cases.map(b => ({ ...b, entry: b.entry.filter(e => e.resource.resourceType !== 'MeasureReport') }));
  const options = {
    measurementPeriodStart: start, measurementPeriodEnd: end,
    calculateHTML: false, calculateSDEs: false, calculateClauseCoverage: false, verboseCalculationResults: false,
  };
  if (clausesFile) {
    const { results } = await Calculator.calculate(JSON.parse(read(bundleFile)), patients, { ...options, verboseCalculationResults: true });
    const lines = results.map(r => JSON.stringify({ patient: r.patientId, clauses: r.detailedResults.flatMap(g =>
      (g.clauseResults || []).map(c => [c.libraryName, c.statementName, c.localId, c.final])) }));
    fs.writeFileSync(clausesFile, lines.join('\n') + '\n');
    return;
  }
  for (const label of ['first batch', 'second batch']) {
    const bundle = JSON.parse(read(bundleFile));
    const t0 = process.hrtime.bigint();
    await Calculator.calculate(bundle, patients, options);
    const ms = Number(process.hrtime.bigint() - t0) / 1e6;
    console.log(`${label}: ${patients.length} patients, ${ms.toFixed(0)} ms, ${(ms / patients.length).toFixed(1)} ms a patient`);
  }
})().catch(e => { console.error(e.message); process.exit(1); });
