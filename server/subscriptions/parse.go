// SPDX-License-Identifier: Apache-2.0

package subscriptions

import (
	"fmt"
	"net/http"
	"net/textproto"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/woodlawn-health/woodlawn/fhir/node"
	"github.com/woodlawn-health/woodlawn/fhir/search"
	"github.com/woodlawn-health/woodlawn/server"
)

// Addresses of the guide's definitions.
const (
	guide       = "http://hl7.org/fhir/uv/subscriptions-backport/"
	extension   = guide + "StructureDefinition/backport-"
	laterPrefix = "http://hl7.org/fhir/5.0/StructureDefinition/"
)

// headerName is the form of a header's name (RFC 9110).
var headerName = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")

// Limits of a subscription.
const (
	maxFilters = 20
	maxHeaders = 20
	maxTimeout = time.Minute
	minBeat    = 10 * time.Second
	maxInOne   = 100 // events of a notification
)

// spec is what a subscription asks for, as it is kept.
type spec struct {
	Topic     string
	Filters   []string // Type?search, or key=value of the topic's own
	Endpoint  string
	Headers   []string // Name: value; they may be secret
	Payload   string   // media type
	Content   string   // empty, id-only or full-resource
	Heartbeat time.Duration
	Timeout   time.Duration
	MaxCount  int
	End       time.Time
	Base      string // of the server, as the subscriber knows it
}

func refuse(place, format string, args ...any) error {
	return server.Failure(http.StatusUnprocessableEntity, "not-supported", "%s: %s", place, fmt.Sprintf(format, args...))
}

// parse reads a Subscription and refuses one that asks for what cannot be done.
func (e *Engine) parse(n node.Node, base string) (*spec, error) {
	s := &spec{Base: base, Timeout: 20 * time.Second, MaxCount: maxInOne}
	if err := known(n); err != nil {
		return nil, err
	}
	criteria := n.Get("criteria")
	s.Topic = criteria.Text()
	if e.topics[s.Topic] == nil {
		return nil, refuse("Subscription.criteria", "the server has no such topic; its CapabilityStatement lists those that it has")
	}
	for x := range criteria.Extensions(extension + "filter-criteria") {
		s.Filters = append(s.Filters, x.Get("valueString").Text())
	}
	if end := n.Get("end").Text(); end != "" {
		at, err := time.Parse(time.RFC3339Nano, end)
		if err != nil || !at.After(e.now()) {
			return nil, refuse("Subscription.end", "it must be an instant that is still to come")
		}
		s.End = at
	}
	if err := s.channel(n.Get("channel")); err != nil {
		return nil, err
	}
	if err := e.opt.allows(s.Endpoint); err != nil {
		return nil, err
	}
	_, err := e.filters(s)
	return s, err
}

// known refuses extensions that change what a subscription means and that are not
// understood here.
func known(n node.Node) error {
	understood := map[string][]string{
		"criteria": {extension + "filter-criteria"}, "payload": {extension + "payload-content"},
		"channel": {extension + "heartbeat-period", extension + "timeout", extension + "max-count"},
		"":        {laterPrefix + "extension-Subscription.identifier"},
	}
	check := func(place string, at node.Node) error {
		if at.Get("modifierExtension").Exists() {
			return refuse("Subscription."+place, "modifier extensions are not understood")
		}
		for x := range at.Get("extension").Items() {
			url := x.Get("url").Text()
			if (strings.HasPrefix(url, laterPrefix) || strings.HasPrefix(url, guide) || strings.HasPrefix(url, "http://hl7.org/fhir/4.3/")) && !slices.Contains(understood[place], url) {
				return refuse("Subscription."+place, "an extension is not supported here")
			}
		}
		return nil
	}
	channel := n.Get("channel")
	for _, at := range []struct {
		place string
		node  node.Node
	}{{"", n}, {"criteria", n.Get("criteria")}, {"channel", channel}, {"payload", channel.Get("payload")}, {"type", channel.Get("type")}, {"endpoint", channel.Get("endpoint")}} {
		if err := check(at.place, at.node); err != nil {
			return err
		}
	}
	return nil
}

// channel reads how events are to be sent.
func (s *spec) channel(n node.Node) error {
	if !n.Get("type").Is("rest-hook") {
		return refuse("Subscription.channel.type", "the server sends to rest-hook alone")
	}
	payload := n.Get("payload")
	s.Payload = payload.Text()
	if s.Payload != "application/fhir+json" && s.Payload != "application/json" {
		return refuse("Subscription.channel.payload", "the server sends application/fhir+json alone")
	}
	s.Content = payload.Extension(extension + "payload-content").Get("valueCode").Text()
	if !slices.Contains([]string{"empty", "id-only", "full-resource"}, s.Content) {
		return refuse("Subscription.channel.payload", "the extension backport-payload-content is empty, id-only or full-resource")
	}
	s.Endpoint = n.Get("endpoint").Text()
	for h := range n.Get("header").Items() {
		if len(s.Headers) == maxHeaders {
			return refuse("Subscription.channel.header", "more than %d headers", maxHeaders)
		}
		name, value, ok := strings.Cut(h.Text(), ":")
		name = textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(name))
		value = strings.TrimSpace(value)
		if !ok || !headerName.MatchString(name) || strings.ContainsFunc(value, unicode.IsControl) {
			return refuse("Subscription.channel.header", "a header is Name: value")
		}
		if slices.Contains([]string{"Host", "Content-Length", "Content-Type", "Connection", "Transfer-Encoding", "Te", "Trailer", "Upgrade", "Expect"}, name) || strings.HasPrefix(name, "Proxy-") {
			return refuse("Subscription.channel.header", "the header %s is the server's to set", name)
		}
		s.Headers = append(s.Headers, name+": "+value)
	}
	seconds := func(name, value string, least, most int64) (int64, error) {
		x := n.Extension(extension + name)
		if !x.Exists() {
			return 0, nil
		}
		v, ok := x.Get(value).Int()
		if !ok || v < least {
			return 0, refuse("Subscription.channel", "the extension backport-%s is %d at least", name, least)
		}
		return min(v, most), nil
	}
	beat, err := seconds("heartbeat-period", "valueUnsignedInt", int64(minBeat/time.Second), 30*86400)
	if err != nil {
		return err
	}
	timeout, err := seconds("timeout", "valueUnsignedInt", 1, int64(maxTimeout/time.Second))
	if err != nil {
		return err
	}
	count, err := seconds("max-count", "valuePositiveInt", 1, maxInOne)
	if err != nil {
		return err
	}
	s.Heartbeat = time.Duration(beat) * time.Second
	if timeout > 0 {
		s.Timeout = time.Duration(timeout) * time.Second
	}
	if count > 0 {
		s.MaxCount = int(count)
	}
	return nil
}

// filter is one filter, ready to be asked.
type filter struct {
	typ      string // of the resources that it is about
	criteria []search.Criterion
	key      Key // or a filter of the topic's own, with the value
	value    string
}

// filters reads the filters of a subscription for its topic.
func (e *Engine) filters(s *spec) ([]filter, error) {
	topic := e.topics[s.Topic]
	types := topic.types()
	var list []filter
	if len(s.Filters) > maxFilters {
		return nil, refuse("Subscription.criteria", "more than %d filters", maxFilters)
	}
	for _, text := range s.Filters {
		typ, query, named := strings.Cut(text, "?")
		if !named {
			typ, query = "", text
		}
		if name, value, ok := strings.Cut(query, "="); ok && topic.Keys[name] != nil {
			value, err := url.QueryUnescape(value)
			if err != nil {
				return nil, refuse("Subscription.criteria", "a filter cannot be read")
			}
			list = append(list, filter{typ: typ, key: topic.Keys[name], value: value})
			continue
		}
		if typ == "" && len(types) == 1 {
			typ = types[0]
		}
		if !slices.Contains(types, typ) {
			return nil, refuse("Subscription.criteria", "a filter names no resource type of the topic")
		}
		c, err := criteria(typ, query, s.Base)
		if err != nil {
			return nil, refuse("Subscription.criteria", "a filter is not supported: %v", err)
		}
		list = append(list, filter{typ: typ, criteria: c})
	}
	if topic.named && len(list) == 0 {
		return nil, refuse("Subscription.criteria", "the topic needs a filter (backport-filter-criteria) for each resource type, as Observation?patient=Patient/1")
	}
	return list, nil
}

// watched are the resource types that a subscription is told of.
func watched(topic *Topic, filters []filter) []string {
	if !topic.named {
		return topic.types()
	}
	var list []string
	for _, f := range filters {
		if !slices.Contains(list, f.typ) {
			list = append(list, f.typ)
		}
	}
	return list
}
