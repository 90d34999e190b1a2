// SPDX-License-Identifier: Apache-2.0

package server

import (
	"context"
	"net/http"
)

type exporter struct{}

func newExporter(*Server, string) (*exporter, error) { return nil, nil }
func (*exporter) close()                             {}
func (s *Server) bulkRequest(ctx context.Context, w http.ResponseWriter, q *request, parts []string) (*response, error) {
	return nil, failure(http.StatusNotFound, "not-supported", "bulk data is not turned on")
}
