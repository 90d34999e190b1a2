// SPDX-License-Identifier: Apache-2.0

package smart

import (
	"context"
	"errors"
	"net/url"
	"time"
)

// Launch is the context in which an app is opened from a portal or an EHR.
type Launch struct {
	Client    string `json:"client"`            // the app
	Subject   string `json:"subject,omitempty"` // the account that opens it; empty: whoever logs in
	Patient   string `json:"patient,omitempty"`
	Encounter string `json:"encounter,omitempty"`
	Intent    string `json:"intent,omitempty"`
	Banner    bool   `json:"banner,omitempty"` // need_patient_banner
}

const launchLife = 5 * time.Minute

// NewLaunch keeps a context and gives the address at which the app is opened, with
// iss and launch in it. The launch is good once, for five minutes.
func (s *Server) NewLaunch(ctx context.Context, l Launch, resource string) (address string, err error) {
	c, err := s.Client(ctx, l.Client)
	if err != nil {
		return "", err
	}
	if c.LaunchURI == "" {
		return "", errors.New("the app has no address to be opened at")
	}
	handle := secret()
	if err := s.write(ctx, Record{Kind: kindLaunch, Key: digest(handle), Expires: s.Now().Add(launchLife)}, l); err != nil {
		return "", err
	}
	u, err := url.Parse(c.LaunchURI)
	if err != nil {
		return "", err
	}
	q := u.Query()
	q.Set("iss", resource)
	q.Set("launch", handle)
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// launchOf finds the context of a launch; it stays until the member has decided.
func (s *Server) launchOf(ctx context.Context, handle, client string) (*Launch, error) {
	var l Launch
	_, err := s.get(ctx, kindLaunch, digest(handle), &l)
	if errors.Is(err, ErrNoRecord) || (err == nil && l.Client != client) {
		return nil, invalidRequest("the launch is not valid; open the app anew from the portal")
	}
	return &l, err
}
