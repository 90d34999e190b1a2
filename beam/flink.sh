#!/usr/bin/env bash
# Runs woodlawn-beam on a Flink cluster of two task managers on this machine, kills one
# of them in mid-run, and compares the account with that of one process.
#
#   FLINK_JARS  folder with flink-dist and the other jars of a Flink runtime (the
#               PyPI package apache-flink-libraries carries them in deps/lib)
#   RUNNER_CP   class path of Beam's Flink runner of the same Flink version (the Maven
#               artifact org.apache.beam:beam-runners-flink-1.19 and what it needs)
#   DIR         a folder made by: woodlawn aco generate --out DIR --lives N --months 36
#   WORK        an empty folder for logs and results
set -euo pipefail
cd "$(dirname "$0")"
: "${FLINK_JARS:?}" "${RUNNER_CP:?}" "${DIR:?}" "${WORK:?}"
years=${YEARS:-2024,2025}
mkdir -p "$WORK/conf"
cat >"$WORK/conf/config.yaml" <<'CONF'
jobmanager:
  rpc: {address: 127.0.0.1, port: 6123}
  bind-host: 127.0.0.1
taskmanager: {host: 127.0.0.1, bind-host: 127.0.0.1, numberOfTaskSlots: 2}
rest: {address: 127.0.0.1, bind-address: 127.0.0.1, port: 8081}
heartbeat: {interval: 2000, timeout: 10000}
cluster: {evenly-spread-out-slots: true}
restart-strategy: {type: fixed-delay, fixed-delay: {attempts: 10, delay: 2 s}}
CONF
cat >"$WORK/conf/log4j.properties" <<'CONF'
rootLogger.level = INFO
rootLogger.appenderRef.file.ref = F
appender.file.name = F
appender.file.type = File
appender.file.fileName = ${sys:log.file}
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{HH:mm:ss,SSS} %-5p %c - %m%n
CONF
opens=()
for p in lang util util.concurrent net nio time; do opens+=("--add-opens=java.base/java.$p=ALL-UNNAMED"); done
opens+=("--add-exports=java.base/sun.net.util=ALL-UNNAMED")
memory=(-D taskmanager.cpu.cores=2)
for m in task.heap.size=400m task.off-heap.size=128m managed.size=256m network.min=128m network.max=128m framework.heap.size=128m \
	framework.off-heap.size=128m jvm-metaspace.size=256m jvm-overhead.min=192m jvm-overhead.max=192m; do memory+=(-D "taskmanager.memory.$m"); done
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true' EXIT
flink() { # name, class, arguments
	local name=$1
	shift
	java -Xmx800m -XX:MaxDirectMemorySize=500m "${opens[@]}" -Dlog.file="$WORK/$name.log" -Dlog4j.configurationFile=file:"$WORK/conf/log4j.properties" \
		-cp "$(printf '%s:' "$FLINK_JARS"/*.jar)" "$@" >"$WORK/$name.out" 2>&1 &
	pids+=($!)
}
flink jobmanager org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint --configDir "$WORK/conf" --executionMode cluster
flink taskmanager1 org.apache.flink.runtime.taskexecutor.TaskManagerRunner --configDir "$WORK/conf" -D taskmanager.resource-id=one "${memory[@]}"
flink taskmanager2 org.apache.flink.runtime.taskexecutor.TaskManagerRunner --configDir "$WORK/conf" -D taskmanager.resource-id=two "${memory[@]}"
victim=${pids[2]}
java -Xmx600m -cp "$RUNNER_CP" org.apache.beam.runners.flink.FlinkJobServerDriver --job-host=127.0.0.1 --job-port=8099 --artifact-port=8098 \
	--expansion-port=8097 --flink-master=127.0.0.1:8081 --artifacts-dir="$WORK/artifacts" >"$WORK/jobserver.log" 2>&1 &
pids+=($!)
CGO_ENABLED=0 go build -o "$WORK/woodlawn-beam" ./cmd/woodlawn-beam
"$WORK/woodlawn-beam" --dir "$DIR" --years "$years" --local --out "$WORK/local.json"
for _ in $(seq 60); do
	curl -s http://127.0.0.1:8081/overview | grep -q '"taskmanagers":2' && break
	sleep 1
done
curl -s http://127.0.0.1:8081/overview && echo
beam() {
	"$WORK/woodlawn-beam" --dir "$DIR" --years "$years" --out "$1" --rejects "$1.rejects" \
		--runner=universal --endpoint=127.0.0.1:8099 --environment_type=LOOPBACK --parallelism=2 >"$1.log" 2>&1
}
began=$SECONDS
beam "$WORK/undisturbed.json"
echo "undisturbed: $((SECONDS - began)) s"
cmp "$WORK/local.json" "$WORK/undisturbed.json" && echo "undisturbed: equal bit for bit"
half=$(((SECONDS - began) / 2))
beam "$WORK/killed.json" &
run=$!
sleep "$half"
curl -s http://127.0.0.1:8081/jobs/overview | grep -q '"state":"RUNNING"' || { echo "the job is not under way"; exit 1; }
kill -9 "$victim"
echo "killed a task manager after $half s"
wait "$run"
curl -s http://127.0.0.1:8081/overview && echo
grep -c "RESTARTING" "$WORK/jobmanager.log" | sed 's/^/restarts in the log: /'
cmp "$WORK/local.json" "$WORK/killed.json" && echo "one killed: equal bit for bit"
