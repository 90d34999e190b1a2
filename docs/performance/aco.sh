#!/bin/sh
# Makes invented ACOs of several sizes and settles them; run from the root of the repository
# after `make build`. Wants GNU time and some gigabytes of disk in $1.
set -e
w=bin/woodlawn
dir=${1:?folder for the invented ACOs}
measure() { /usr/bin/time -f "$1: %e s wall, %U s user, %S s system, %M kB" "$@" >/dev/null; }
for lives in 10000 100000 300000 ${MORE:-}; do # MORE=1000000 wants 3 GB and as much for temporary files
	org=$dir/year-$lives
	[ -d "$org" ] || $w aco generate --lives $lives --months 12 --out "$org"
	echo "$lives lives, 12 months, CMS's historical benchmark"
	measure $w aco settle "$org" --agreement demo/aco/agreement-workbook.json --cells demo/aco/workbook.csv
done
for lives in 10000 50000; do
	org=$dir/years-$lives
	[ -d "$org" ] || $w aco generate --lives $lives --months 60 --out "$org"
	echo "$lives lives, 60 months, benchmark years and risk scores from claims, three deliveries"
	measure $w aco settle "$org" --agreement demo/aco/agreement.json --cells demo/aco/cells.csv
done
