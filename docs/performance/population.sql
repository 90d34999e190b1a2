-- The metrics of `woodlawn aco population` in DuckDB, over the files of `woodlawn aco export`.
-- duckdb -c "SET VARIABLE dir = 'FOLDER'" -f docs/performance/population.sql
CREATE TEMP TABLE mm AS
SELECT mbi, month AS mon, enrollment_type AS kind
FROM read_parquet(getvariable('dir') || '/months.parquet')
WHERE coverage = 'A and B' AND year(month) = 2025;

CREATE TEMP VIEW claims AS SELECT * FROM read_parquet(getvariable('dir') || '/claims.parquet');
CREATE TEMP VIEW lines AS SELECT * FROM read_parquet(getvariable('dir') || '/lines.parquet');

-- Stays: claims of one facility without a day between.
CREATE TEMP TABLE stays AS
WITH ordered AS (
  SELECT mbi, setting, facility_ccn AS ccn, from_date AS b, thru_date AS e, patient_status AS st,
    lag(facility_ccn) OVER w AS last_ccn,
    max(thru_date) OVER (PARTITION BY mbi, setting, facility_ccn ORDER BY from_date, thru_date, patient_status
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS last_e
  FROM claims WHERE setting IN ('inpatient', 'SNF')
  WINDOW w AS (PARTITION BY mbi, setting ORDER BY from_date, thru_date, facility_ccn, patient_status)
), numbered AS (
  SELECT *, sum(CASE WHEN last_ccn = ccn AND b <= last_e THEN 0 ELSE 1 END)
    OVER (PARTITION BY mbi, setting ORDER BY b, e, ccn, st) AS n
  FROM ordered
)
SELECT mbi, setting, n, min(ccn) AS ccn, min(b) AS b, max(e) AS e FROM numbered GROUP BY ALL;

CREATE TEMP TABLE emergency AS
SELECT DISTINCT c.mbi, c.facility_ccn,
  CASE WHEN l.from_date IS NULL OR c.setting = 'inpatient' THEN c.from_date ELSE l.from_date END AS day
FROM claims c JOIN lines l USING (claim_id)
WHERE c.setting IN ('outpatient', 'inpatient') AND (l.revenue_center BETWEEN '0450' AND '0459' OR l.revenue_center = '0981');

CREATE TEMP VIEW n AS SELECT count(DISTINCT mbi) AS lives, count(*) AS months FROM mm;

SELECT 'lives' AS metric, lives::DOUBLE AS value FROM n
UNION ALL SELECT 'member months', months FROM n
UNION ALL SELECT 'member months, ' || kind, count(*) FROM mm GROUP BY kind
UNION ALL SELECT 'PMPM, ' || setting, round(sum(paid) / (SELECT months FROM n), 2)
  FROM claims c JOIN mm ON mm.mbi = c.mbi AND mm.mon = date_trunc('month', c.thru_date) GROUP BY setting
UNION ALL SELECT setting || ' stays per 1,000', round(count(*) * 12000 / (SELECT months FROM n), 1)
  FROM stays s JOIN mm ON mm.mbi = s.mbi AND mm.mon = date_trunc('month', s.b) GROUP BY setting
UNION ALL SELECT setting || ' days per 1,000', round(sum(greatest(1, e - b)) * 12000 / (SELECT months FROM n), 1)
  FROM stays s JOIN mm ON mm.mbi = s.mbi AND mm.mon = date_trunc('month', s.b) GROUP BY setting
UNION ALL SELECT 'emergency visits per 1,000', round(count(*) * 12000 / (SELECT months FROM n), 1)
  FROM emergency v JOIN mm ON mm.mbi = v.mbi AND mm.mon = date_trunc('month', v.day)
UNION ALL SELECT 'annual visits, percent', round(100 * count(DISTINCT c.mbi) / (SELECT lives FROM n), 1)
  FROM claims c JOIN lines l USING (claim_id) JOIN mm ON mm.mbi = c.mbi AND mm.mon = date_trunc('month', c.thru_date)
  WHERE l.code IN ('G0402', 'G0438', 'G0439')
ORDER BY metric;
