// SPDX-License-Identifier: Apache-2.0

package subscriptions_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/woodlawn-health/woodlawn/internal/evidence"
	"github.com/woodlawn-health/woodlawn/internal/ledger"
)

// traced tells, for the last part of an Inferno test id, which test of ours holds it.
var traced = map[string]string{
	"subscriptions_r4_server_subscription_conformance":                    "TestSubscribe",
	"subscriptions_r4_server_notification_delivery":                       "TestSubscribe",
	"subscriptions_r4_server_creation_response_conformance":               "TestSubscribe",
	"subscriptions_r4_server_notification_presence":                       "TestSubscribe",
	"subscriptions_r4_server_notification_conformance":                    "TestSubscribe",
	"subscriptions_r4_server_empty_conformance":                           "TestSubscribe",
	"subscriptions_r4_server_id_only_conformance":                         "TestSubscribe",
	"subscriptions_r4_server_full_resource_conformance":                   "TestSubscribe",
	"subscriptions_r4_server_cs_conformance":                              "TestCapability",
	"subscriptions_r4_server_topic_discovery":                             "TestCapability",
	"subscriptions_r4_server_handshake_conformance":                       "TestSubscribe",
	"subscriptions_r4_server_heartbeat_conformance":                       "TestHeartbeatAndEnd",
	"subscriptions_r4_server_status_invocation":                           "TestStatusAndEvents",
	"subscriptions_r4_server_reject_subscription_cross_version_extension": "TestRefused",
	"subscriptions_r4_server_reject_subscription_topic":                   "TestRefused",
	"subscriptions_r4_server_reject_subscription_filter":                  "TestRefused",
	"subscriptions_r4_server_reject_subscription_channel_type":            "TestRefused",
	"subscriptions_r4_server_reject_subscription_channel_endpoint":        "TestRefused",
	"subscriptions_r4_server_reject_subscription_payload_type":            "TestRefused",
	"subscriptions_r4_server_reject_subscription_channel_payload_combo":   "TestRefused",
}

// beyond is what is tested beside Inferno's list.
var beyond = [][2]string{
	{"events outlive restarts: none is lost, their order holds, one may come twice", "TestRestart"},
	{"retries with growing waits, error after too many, events kept", "TestRetry"},
	{"a failed handshake is an error; asked for again, what happened meanwhile is told", "TestHandshakeFails"},
	{"nothing is sent once the authorization of the subscriber was revoked or has run out", "TestAuthorizationEnds"},
	{"the subscriber's rights hold for every event, deletions too; no other client steps in", "TestAccess"},
	{"endpoints: a list of the settings; public https addresses only, also when a name is resolved", "TestPublicOnly"},
	{"secrets of the channel are neither logged nor read back", "TestSubscribe"},
	{"$events by number, never more than was subscribed to; max-count", "TestStatusAndEvents"},
	{"topics of the settings: searches before and after a change; filters of a topic's own", "TestTopics"},
	{"heartbeat, end", "TestHeartbeatAndEnd"},
	{"of several servers on one database one sends", "TestTwoProcesses"},
}

// missing is what the server does not do, with the reason.
var missing = [][2]string{
	{"channels websocket, email, message", "refused; rest-hook is what the rules of CMS use"},
	{"application/fhir+xml", "refused; the server speaks JSON alone"},
	{"filters that follow references (chains, _has)", "refused: an event is judged from the resource as it was then; a topic may bring a filter of its own (Topic.Keys)"},
	{"additional-context, notificationShape", "not written"},
	{"SubscriptionTopic as a resource (R4B)", "R4 has none; topics are in the CapabilityStatement"},
	{"access withdrawn after subscribing", "the rights are those at the time of subscribing; delete the Subscription to end it"},
}

func TestLedger(t *testing.T) {
	rows, err := csv.NewReader(bytes.NewReader(evidence.Read(t, "reference/conformance/inferno-subscriptions.csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile(filepath.Join(evidence.Root(), "server/subscriptions/subscriptions_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	exists := func(test string) {
		if !bytes.Contains(source, []byte("func "+test+"(")) {
			t.Errorf("there is no test %s", test)
		}
	}
	var b, table strings.Builder
	b.WriteString("# Subscriptions\n\nEach test of Inferno's kit for the Subscriptions R5 Backport guide (1.1.0, R4) that looks at a server, and the test in\nserver/subscriptions that holds the same. " +
		"These are our own tests after Inferno's list; no row says that Inferno itself was\nrun. Notifications are checked against FHIR R4 and, by hand, against what the guide's profiles ask: the guide's package is not\nheld.\n")
	held, all := 0, 0
	for _, row := range rows[1:] {
		id := row[2][strings.LastIndexByte(row[2], '-')+1:]
		where := traced[id]
		if all++; where == "" {
			t.Errorf("%s is not traced", row[2])
		} else if strings.HasPrefix(where, "Test") {
			held++
			exists(where)
		}
		fmt.Fprintf(&table, "| %s | `%s` | %s | %s |\n", row[1], id, row[5], where)
	}
	fmt.Fprintf(&b, "\n%d of %d held by a test.\n\n| number | test | | held by |\n|---|---|---|---|\n%s", held, all, table.String())
	b.WriteString("\n## Beyond the list\n\n| what | test |\n|---|---|\n")
	for _, p := range beyond {
		exists(p[1])
		fmt.Fprintf(&b, "| %s | %s |\n", p[0], p[1])
	}
	b.WriteString("\n## Not there\n\n| what | why |\n|---|---|\n")
	for _, m := range missing {
		fmt.Fprintf(&b, "| %s | %s |\n", m[0], m[1])
	}
	ledger.Check(t, "subscriptions.md", b.String())
}
