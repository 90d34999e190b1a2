// SPDX-License-Identifier: Apache-2.0

package server

import "net/http"

// CORS lets apps that run in a browser call a FHIR endpoint (SMART App Launch 2.2,
// "Considerations for Cross-Origin Resource Sharing"). Whoever may do something is
// known by a token in a header and never by a cookie, so every origin may ask,
// without credentials.
func CORS(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", "*")
		if r.Method == http.MethodOptions {
			h.Set("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")
			h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Accept, Prefer, If-Match, If-None-Match, If-None-Exist, If-Modified-Since, X-Requested-With")
			h.Set("Access-Control-Max-Age", "600")
			w.WriteHeader(http.StatusNoContent)
			return
		}
		h.Set("Access-Control-Expose-Headers", "Location, Content-Location, ETag, Last-Modified, Retry-After, X-Progress, WWW-Authenticate")
		next.ServeHTTP(w, r)
	})
}
